"""Tables that others keep: publishers' national figures (:mod:`.national`), an authority's records (:mod:`.ssd`)."""
