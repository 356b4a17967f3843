// A layer between OpenCL's loader and its drivers, for tests: it counts the calls of every entry point that Unloop uses
// and can make any of them fail. `OPENCL_LAYERS` names the library before a process's first OpenCL call; the functions
// below are then found by name with dlsym. All of them may be called from any thread.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// How a call fails.
enum unloop_layer_failure {
    /// The driver is not asked.
    UNLOOP_LAYER_BEFORE = 0,
    /// The driver does what it is asked; the caller is told that it failed.
    UNLOOP_LAYER_AFTER = 1,
    /// The call succeeds, but its command never runs: the next wait fails, and the events waited for have the code as
    /// their status.
    /// Only for commands; other calls fail as with `UNLOOP_LAYER_BEFORE`.
    UNLOOP_LAYER_LATE = 2,
};

/// Makes the call number `call` from now on (1 is the next, 0 stands for every one) of an entry point give `code`.
/// Replaces an earlier order for the same entry point. 0 if there is no such entry point.
int unloop_layer_fail(const char *entry, long call, int code, int failure);

/// Makes every device answer clGetDeviceInfo for the integers named `name` with `value`, whatever their size is.
void unloop_layer_answer(unsigned name, unsigned long value);

/// Ends all orders and answers, forgets failures that are still to be reported, and sets all counts to 0.
void unloop_layer_reset(void);

/// Calls of an entry point since the last reset; -1 if there is no such entry point.
long unloop_layer_calls(const char *entry);

/// How many calls were made to fail since the last reset.
long unloop_layer_failures(void);

/// The name of the entry point number `index`; a null pointer behind the last.
const char *unloop_layer_entry(int index);

/// Makes the driver a liar until the next call; an empty text makes it honest again.
///   info:PARAMETER:BITS        the number of a device's property, without these bits; of texts another text
///   options:TEXT               programs are built with these options too
///   without:OPTION             programs are built without this option
///   source:OLD=>NEW            another text is compiled, with each occurrence of OLD replaced
///   flip:KERNEL                after each launch of a kernel the lowest bit of the first element of its last buffer
///   changes; flip:KERNEL:ARGUMENT       of this one
void unloop_layer_lie(const char *text);

/// How often the lie was told since it was set.
long unloop_layer_lies_told(void);

#ifdef __cplusplus
}
#endif
