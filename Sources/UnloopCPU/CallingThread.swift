import CUnloopCPU

/// The thread that calls.
package enum CallingThread {
    /// Threads are counted from 1 as they first ask: all threads of a process have different numbers.
    package static var number: Int { Int(unloop_thread_number()) }
}
