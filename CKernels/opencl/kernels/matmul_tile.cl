// Where the elements of a matrix product lie, for tile.cl: anywhere by strides, in a batch of up to four axes.

typedef struct {
    long batch_shape[4];
    long a_batch[4];
    long b_batch[4];
    long c_batch[4];
    long a_offset, a_row, a_k;
    long b_offset, b_k, b_column;
    long c_offset, c_row, c_column;
    long result_step;
    int m, n, k, first_k;
    int runs, run_length;
} ProductLayout;

typedef long ARow;
typedef long AStep;
typedef long BColumn;
typedef long BStep;

static inline ARow a_row(const ProductLayout *layout, int row) { return layout->a_offset + row * layout->a_row; }
static inline AStep a_step(const ProductLayout *layout, int k) { return k * layout->a_k; }
static inline void a_advance(const ProductLayout *layout, AStep *step) { *step += DEPTH * layout->a_k; }
static inline AValue a_at(const __global float *a, const ProductLayout *layout, ARow row, AStep step) {
    return a_load(a + row + step);
}

static inline BColumn b_column(const ProductLayout *layout, int column) {
    return layout->b_offset + column * layout->b_column;
}
static inline BStep b_step(const ProductLayout *layout, int k) { return k * layout->b_k; }
static inline void b_advance(const ProductLayout *layout, BStep *step) { *step += DEPTH * layout->b_k; }
static inline BValue b_at(const __global float *b, const ProductLayout *layout, BColumn column, BStep step) {
    return b_load(b + column + step);
}

static inline long c_at(const ProductLayout *layout, int row, int column) {
    return layout->c_offset + row * layout->c_row + column * layout->c_column;
}

static inline long batch_offset(int batch, const long *shape, const long *strides) {
    long offset = 0;
    for (int axis = 3; axis >= 0; --axis) {
        offset += batch % (int)shape[axis] * strides[axis];
        batch /= (int)shape[axis];
    }
    return offset;
}

static inline long a_base(const ProductLayout *layout, int batch) {
    return batch_offset(batch, layout->batch_shape, layout->a_batch);
}
static inline long b_base(const ProductLayout *layout, int batch) {
    return batch_offset(batch, layout->batch_shape, layout->b_batch);
}
static inline long c_base(const ProductLayout *layout, int batch) {
    return batch_offset(batch, layout->batch_shape, layout->c_batch);
}
