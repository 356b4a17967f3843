// Cumulative sums along the middle axis of a row-major [outer, length, inner], one addition after the other. One item
// runs one chain (unloop_scan), or 16 neighbouring ones (unloop_scan_vector, inner >= 16).
//
// Parameters: `first` and `step` give the order: 0 and 1, or length - 1 and -1. Defined when built: ELEMENT, VALUE (its
// vector of 16).

#pragma OPENCL FP_CONTRACT OFF

kernel void unloop_scan(global const ELEMENT *input, const ulong input_offset, global ELEMENT *output,
                        const ulong output_offset, const ulong outer, const ulong length, const ulong inner,
                        const uint reversed) {
    const ulong chain = get_global_id(0);
    if (chain >= outer * inner) return;
    const ulong start = chain / inner * length * inner + chain % inner;
    input += input_offset + start;
    output += output_offset + start;
    ELEMENT acc = 0;
    for (ulong count = 0; count < length; count++) {
        const ulong position = (reversed ? length - 1 - count : count) * inner;
        acc = count == 0 ? input[position] : acc + input[position];
        output[position] = acc;
    }
}

kernel void unloop_scan_vector(global const ELEMENT *input, const ulong input_offset, global ELEMENT *output,
                               const ulong output_offset, const ulong outer, const ulong length, const ulong inner,
                               const uint reversed) {
    // The last vector of a row starts early enough to be whole; it computes some chains a second time, to the same
    // values.
    const ulong column = min((ulong)get_global_id(0) * 16, inner - 16);
    const ulong row = get_global_id(1);
    const ulong start = row * length * inner + column;
    input += input_offset + start;
    output += output_offset + start;
    VALUE acc = 0;
    for (ulong count = 0; count < length; count++) {
        const ulong position = (reversed ? length - 1 - count : count) * inner;
        const VALUE x = vload16(0, input + position);
        acc = count == 0 ? x : acc + x;
        vstore16(acc, 0, output + position);
    }
}
