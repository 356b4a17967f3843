import UnloopBackend

extension Device {
    /// What a checking device does where its two devices differ.
    public enum DifferenceResponse: Sendable {
        /// The result carries the error `BackendError.bitsDiffer`; whoever reads it, or what is computed from it, gets that.
        case fail
        /// Only notes it in `differences`; the reference's result goes on.
        case note
    }

    /// A device that runs every operation on two devices and compares all elements of the results, bit by bit: it names the first
    /// operation, its shapes and its first element that differ, which shows what in a driver is wrong.
    ///
    ///     let device = try Device.checking(.opencl, against: .cpu)
    ///     try network.fit(data, …, on: device)
    ///
    /// Every NaN counts as the same one; -0 and 0 differ. Both devices always have the same operands: where they differ, the reference's
    /// elements take the place of the other's, so that later operations are judged by themselves. It takes the time of both devices and
    /// of reading each result from both. Uploads are checked like operations. Results that have no elements are equal.
    ///
    /// Its kind, its statistics and whether it is an OpenCL device that runs on the processor are those of `device`; element types are
    /// those that both have. To open it anew after `BackendError.deviceLost`, reset the device that was lost and then this one.
    ///
    /// - Parameters:
    ///   - device: the one that is checked; may be the reference itself, to see whether it gives the same bits twice.
    ///   - reference: the one that is believed.
    ///   - response: whether an operation that differs fails.
    /// - Returns: a device of its own at each call: tensors of one cannot be combined with those of another.
    /// - Throws: when one of the two cannot be opened.
    public static func checking(
        _ device: Device, against reference: Device = .cpu, onDifference response: DifferenceResponse = .fail
    ) throws(BackendError) -> Device {
        let log = CheckLog()
        let entry = Entry(
            label: "checking(\(device.label), \(reference.label))", kind: device.kind,
            isOpenCLCPU: device.isOpenCLCPU, checks: log
        ) { () throws(BackendError) in
            CheckingBackend(
                try device.backend(), device.description, against: try reference.backend(), reference.description,
                response, log)
        }
        _ = try entry.backend()
        return Device(own: entry)
    }

    /// The operations that a checking device found to differ, in the order in which they began: the first of them is the culprit. At
    /// most 1000, those that were found first; none of other devices.
    public var differences: [OperationDifference] { entry.checks?.differences ?? [] }

    /// How many operations a checking device was given so far, uploads included; 0 of other devices.
    public var checkedOperations: Int { entry.checks?.operations ?? 0 }
}
