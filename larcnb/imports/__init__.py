"""Tables that others keep, brought into the workbook's own: national figures (:mod:`larcnb.imports.national`)."""
