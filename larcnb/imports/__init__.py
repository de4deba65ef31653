"""Tables that others keep, brought into the workbook's own: an authority's records (:mod:`larcnb.imports.ssd`)."""
