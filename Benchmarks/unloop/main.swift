print("unloop")
