#if Formats
    import UnloopBackend
    import UnloopData
    import UnloopTensor

    extension Datasets {
        /// MNIST from the files as they are published, compressed, each held to its SHA-256: `train-images-idx3-ubyte.gz` and the three others in a
        /// folder. All examples are in memory, on a device; `mnist(in:)` reads decompressed files little by little.
        ///
        /// - Throws: `DataError.missing` for files that are not there, and what to download; `malformed` for others.
        public static func mnist(compressedIn folder: String, on device: Device = .best) throws(DataError) -> Split {
            try CompressedIDXFiles(
                home: "https://storage.googleapis.com/cvdf-datasets/mnist/", folder: folder,
                hashes: [
                    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                ]
            ).split(digitNames, on: device)
        }

        /// Fashion-MNIST from the files as they are published, likewise.
        ///
        /// - Throws: `DataError.missing` for files that are not there, and what to download; `malformed` for others.
        public static func fashionMNIST(compressedIn folder: String, on device: Device = .best) throws(DataError)
            -> Split
        {
            try CompressedIDXFiles(
                home: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", folder: folder,
                hashes: [
                    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                ]
            ).split(clothesNames, on: device)
        }
    }

    /// The four files of MNIST, and of those that took its place, compressed.
    package struct CompressedIDXFiles {
        let home: String
        let folder: String
        /// Of the compressed files.
        let hashes: [String]

        package init(home: String, folder: String, hashes: [String]) {
            (self.home, self.folder, self.hashes) = (home, folder, hashes)
        }

        package func split(_ classNames: [String], on device: Device) throws(DataError) -> Datasets.Split {
            var parts: [Dataset] = []
            for part in 0..<2 {
                let images = try array(2 * part)
                let labels = try array(2 * part + 1)
                guard case .int32(let pixels) = images.elements, case .int32(let numbers) = labels.elements,
                    images.shape == [numbers.count, 28, 28],
                    numbers.allSatisfy({ classNames.indices.contains(Int($0)) })
                else {
                    throw .malformed(
                        file: folder, format: "data set",
                        reason:
                            "images \(images.shape) and labels \(labels.shape) are not 28×28 pixels and a class each")
                }
                let features = Tensor(pixels.map { Float($0) / 255 }, shape: images.shape + [1], on: device)
                parts.append(Dataset(features: features, labels: Tensor(int32: numbers, on: device)))
            }
            return Datasets.Split(training: parts[0], test: parts[1], classNames: classNames)
        }

        private func array(_ number: Int) throws(DataError) -> IDXFile {
            let name = IDXFiles.names[number] + ".gz"
            let path = try IDXFiles.path(folder, name, remedy: "download \(home)\(name)")
            try IDXFiles.check(path, sha256: hashes[number], remedy: "download \(home)\(name) again")
            return try IDXFile(gzip: path)
        }
    }
#endif
