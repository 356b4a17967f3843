/// The version of Unloop; caches and files carry it.
public let unloopVersion = "0.1.0"
