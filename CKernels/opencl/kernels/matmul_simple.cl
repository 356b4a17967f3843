// A matrix product with one element of the result a work-item, for GPUs where a product has too few rows or columns for
// tiles; follows matmul_tile.cl.
//
// Order of additions: Numerics.md. global (columns x rows x batch x runs, rounded up to the work-group)

#pragma OPENCL FP_CONTRACT OFF

#define BLOCK 256

__kernel void simple_product(const __global float *restrict a, const __global float *restrict b,
                             __global float *restrict c, ProductLayout layout, long items) {
    long item = get_global_id(0);
    if (item >= items) return;
    const int column = (int)(item % layout.n);
    item /= layout.n;
    const int row = (int)(item % layout.m);
    item /= layout.m;
    const int run = (int)(item % layout.runs);
    const int batch = (int)(item / layout.runs);
    a += a_base(&layout, batch);
    b += b_base(&layout, batch);
    c += c_base(&layout, batch) + run * layout.result_step;
    const int start = layout.first_k + run * layout.run_length;
    const int end = min(start + layout.run_length, layout.k);
    const ARow a_place = a_row(&layout, row);
    const BColumn b_place = b_column(&layout, column);
    float total = 0.0f;
    for (int block = start; block < end; block += BLOCK) {
        const int block_end = min(block + BLOCK, end);
        float sum = 0.0f;
        for (int k = block; k < block_end; ++k)
            sum =
                fma(a_at(a, &layout, a_place, a_step(&layout, k)), b_at(b, &layout, b_place, b_step(&layout, k)), sum);
        total = block == start ? sum : total + sum;
    }
    c[c_at(&layout, row, column)] = total;
}
