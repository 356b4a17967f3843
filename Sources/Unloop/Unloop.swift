// One import for everything: scalar formulas, tensors and devices, data, networks.
@_exported import UnloopBackend
@_exported import UnloopData
@_exported import UnloopNetwork
@_exported import UnloopPlot
@_exported import UnloopTensor
