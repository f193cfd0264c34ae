"""One function per chart: an outcome goes in, a figure with its Vega-Lite specification comes out."""
