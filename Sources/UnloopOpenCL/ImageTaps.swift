#if OpenCL
    import UnloopBackend

    /// What the taps of a filter see of an image, as image_taps.cl reads it: where the terms of each sum lie in lines of the image that
    /// are copied with their padding.
    struct ImageTaps {
        /// Position y of phase p sees tap t at `y * positionStep + (p + origin + t * tapStep) / phases`.
        struct Axis {
            var phases = 1
            var origin: Int
            var tapStep: Int
            var positionStep = 1
            /// What position 0 sees first, and how far the taps of all phases reach from there.
            let first: Int
            let reach: Int
            /// Positions of the phase that has most.
            let positions: Int

            init(positions: Int, taps: Int, phases: Int = 1, origin: Int, tapStep: Int, positionStep: Int = 1) {
                (self.phases, self.origin, self.tapStep, self.positionStep) = (phases, origin, tapStep, positionStep)
                let seen = (0..<min(phases, positions)).flatMap { phase in
                    (0..<taps).map { phase + origin + $0 * tapStep }.filter { $0 % phases == 0 }.map { $0 / phases }
                }
                first = seen.min() ?? 0
                reach = (seen.max() ?? 0) - first + 1
                self.positions = positions.parts(of: phases)
            }
        }

        let rows: Axis
        let columns: Axis
        /// Channels of the image, and of the result (where the filter's gradient is computed, of the output).
        let imageShape: Dimensions
        let targetShape: Dimensions
        /// In a group.
        let channels: Int
        let targetChannels: Int
        /// Steps from tap to tap, channel to channel and column to column of the filter.
        let filterSteps: [Int]
        let d: ConvolutionDescriptor

        /// The taps of a forward convolution, which are those of its filter's gradient too.
        init(forward d: ConvolutionDescriptor) {
            self.d = d
            rows = Axis(
                positions: d.outputHeight, taps: d.kernelHeight, origin: -d.paddingTop, tapStep: d.dilationHeight,
                positionStep: d.strideHeight)
            columns = Axis(
                positions: d.outputWidth, taps: d.kernelWidth, origin: -d.paddingLeft, tapStep: d.dilationWidth,
                positionStep: d.strideWidth)
            (imageShape, targetShape) = (d.inputShape, d.outputShape)
            (channels, targetChannels) = (d.inputChannelsPerGroup, d.outputChannelsPerGroup)
            filterSteps = [channels * d.outputChannels, d.outputChannels, 1]
        }

        /// The taps of an input gradient, which see the output's gradient.
        init(inputGradient d: ConvolutionDescriptor) {
            self.d = d
            rows = Axis(
                positions: d.inputHeight, taps: d.kernelHeight, phases: d.strideHeight, origin: d.paddingTop,
                tapStep: -d.dilationHeight)
            columns = Axis(
                positions: d.inputWidth, taps: d.kernelWidth, phases: d.strideWidth, origin: d.paddingLeft,
                tapStep: -d.dilationWidth)
            (imageShape, targetShape) = (d.outputShape, d.inputShape)
            (channels, targetChannels) = (d.outputChannelsPerGroup, d.inputChannelsPerGroup)
            filterSteps = [targetChannels * d.outputChannels, 1, d.outputChannels]
        }

        /// Of all phases.
        var terms: Int { d.kernelHeight * d.kernelWidth * channels }
        /// How many phases have positions.
        var phases: Int { min(rows.phases, targetShape[1]) * min(columns.phases, targetShape[2]) }
        /// Pixels of a line with its padding.
        var pitch: Int { (columns.positions - 1) * columns.positionStep + columns.reach }
        /// Lines of the image that so many lines of positions see.
        func lines(_ positions: Int) -> Int { (positions - 1) * rows.positionStep + rows.reach }
    }

    /// How a convolution is cut into bands of lines, and what each work-item needs for its own.
    struct BandPlan {
        let taps: ImageTaps
        /// From line to line, pixel to pixel, channel to channel of a band.
        let steps: [Int]
        let bandLines: Int
        let bands: Int
        /// Floats of a work-item, and those of them before its band.
        let floats: Int
        let before: Int
        /// Distances of terms that a work-item holds.
        let distances: Int
        /// Work-items of each group.
        let items: Int

        /// Floats that a work-item finds in its own cache, and those in the nearest part of it.
        private static let (cache, nearCache) = (1 << 16, 1 << 13)

        /// Positions in lanes, the band in planes. nil: too large.
        init?(narrow taps: ImageTaps, width: Int, wantedTasks: Int, limit: Int) {
            self.taps = taps
            let shape = NarrowShape(columns: taps.targetChannels, width: width)
            // Planes whose distance is an odd number of a cache's lines share no sets of it.
            func plane(_ lines: Int) -> Int { (taps.lines(lines) * taps.pitch).parts(of: 32) * 32 + 16 }
            bandLines = Self.lines(of: taps, wantedTasks: wantedTasks, cache: Self.cache) { taps.channels * plane($0) }
            bands = taps.rows.positions.parts(of: bandLines)
            steps = [taps.pitch, 1, plane(bandLines)]
            // The number of each phase's terms stands before them.
            distances = taps.terms + taps.phases
            before = Self.aligned(distances * taps.targetChannels)
            // The last tile may see positions behind the last plane.
            floats = Self.aligned(before + taps.channels * plane(bandLines) + shape.vectors * width)
            items = Self.items(taps, taps.targetShape[0] * bands, of: floats + distances, wantedTasks, limit)
            if items == 0 || before > Self.cache { return nil }
        }

        /// Output channels in lanes, the band in lines of pixels. nil: too large.
        init?(windows taps: ImageTaps, _ shape: WindowShape, wantedTasks: Int, limit: Int) {
            self.taps = taps
            let line = taps.pitch * taps.channels
            bandLines = Self.lines(of: taps, wantedTasks: wantedTasks, cache: Self.nearCache) { taps.lines($0) * line }
            bands = taps.rows.positions.parts(of: bandLines)
            steps = [line, taps.channels, 1]
            distances = taps.terms
            before = taps.terms * taps.targetChannels.parts(of: shape.columns) * shape.columns
            // A tile of sums; the pixels of a tile that a line shorter than it lacks.
            floats = Self.aligned(
                before + shape.pixels * shape.columns + taps.lines(bandLines) * line
                    + shape.pixels * taps.columns.positionStep * taps.channels)
            items = Self.items(taps, taps.targetShape[0] * bands, of: floats + distances, wantedTasks, limit)
            if items == 0 || before > Self.cache { return nil }
        }

        /// The filter's gradient, whose bands show a block of pixels of the output. nil: too large.
        init?(blocks taps: ImageTaps, _ shape: WindowShape, wantedTasks: Int, limit: Int) {
            self.taps = taps
            let block = NumericsContract.productBlockLength
            let line = taps.pitch * taps.channels
            // What a block spans at most.
            let lines = (block - 2) / taps.targetShape[2] + 2
            let images = (lines - 2) / taps.targetShape[1] + 2
            (bandLines, bands) = (1, 1)
            steps = [line, taps.channels, 1]
            distances = taps.terms + shape.terms
            // Output channels that fill no panel; a tile of sums.
            before = taps.targetChannels % shape.columns == 0 ? 0 : block * shape.columns
            floats = Self.aligned(
                before + shape.terms * shape.columns
                    + (lines * taps.rows.positionStep + images * taps.rows.reach) * line)
            let blocks = taps.targetShape.dropLast().reduce(1, *).parts(of: block)
            items = Self.items(taps, blocks, of: floats + distances, wantedTasks, limit)
            if items == 0 || floats > 4 * Self.cache { return nil }
        }

        /// Whole lines of caches, which vectors that begin with them do not leave.
        private static func aligned(_ floats: Int) -> Int { floats.parts(of: 16) * 16 }

        /// As many lines as the cache holds, but enough bands for all work-items.
        private static func lines(
            of taps: ImageTaps, wantedTasks: Int, cache: Int, floats: (Int) -> Int
        ) -> Int {
            let height = taps.rows.positions
            var lines = 1
            while lines < height && floats(lines + 1) <= cache
                && taps.d.groups * taps.targetShape[0] * height.parts(of: lines + 1) >= wantedTasks
            {
                lines += 1
            }
            // Bands of nearly equal height.
            return height.parts(of: height.parts(of: lines))
        }

        /// Work-items of a group that share `pieces` of work, each with a workspace of `size` elements.
        private static func items(_ taps: ImageTaps, _ pieces: Int, of size: Int, _ wantedTasks: Int, _ limit: Int)
            -> Int
        {
            min(pieces, wantedTasks.parts(of: taps.d.groups), limit / (taps.d.groups * size))
        }

        /// ImageTaps of image_taps.cl.
        func words(
            image: StridedView, filterOffset: Int, targetOffset: Int, firstBlock: Int = 0, blocks: Int = 0
        ) -> KernelArgument {
            let (rows, columns, d) = (taps.rows, taps.columns, taps.d)
            var words = [d.kernelHeight, d.kernelWidth, rows.phases, columns.phases, rows.origin, columns.origin]
            words += [rows.tapStep, columns.tapStep, rows.positionStep, columns.positionStep]
            words += [image.offset] + taps.imageShape.dropFirst() + [taps.channels]
            words += [rows.first, columns.first, rows.reach, columns.reach, taps.pitch] + steps
            words += [filterOffset] + taps.filterSteps + [d.outputChannelsPerGroup, taps.targetChannels]
            words += [taps.targetShape[0], targetOffset] + taps.targetShape.dropFirst() + [bandLines, bands]
            words += [taps.terms, distances, floats, before, firstBlock, blocks]
            return .words(words)
        }
    }
#endif
