#if Formats
    import UnloopBackend
    import UnloopData

    extension ImageFolder {
        /// PNG, JPEG, PGM and PPM images below a folder, each folder in it a class, brought to one size: of each
        /// the largest middle part with the proportions of `height` and `width`, resized (bilinear with antialiasing, as `Bitmap.resized` says).
        ///
        ///     let images = try ImageFolder(imagesIn: "photos", height: 224, width: 224)
        ///
        /// Files are read by what is in them, whatever their endings are. JPEG images are turned as their Exif data say.
        ///
        /// - Parameters:
        ///   - channels: 1 for gray, 3 for color; images that have others are brought to these.
        ///   - reducesWhileDecoding: decodes large JPEG images to a half, a quarter or an eighth of their sides first, where that is still as large
        ///     as wanted. It is faster, and the pixels are a little different.
        /// - Throws: what `ImageFolder.init(path:channels:endings:name:read:)` throws.
        /// - Precondition: the sides are at least 1.
        public init(
            imagesIn folder: String, height: Int, width: Int, channels: Int = 3, reducesWhileDecoding: Bool = false
        ) throws(DataError) {
            require(height > 0 && width > 0, "ImageFolder: images of \(height)×\(width) pixels")
            try self.init(
                path: folder, channels: channels, endings: ["png", "jpg", "jpeg", "pgm", "ppm", "pnm"],
                name: "\(height)×\(width)\(reducesWhileDecoding ? ", reduced while decoding" : "")"
            ) { path in
                let image = try Bitmap(
                    imageFile: path, atLeast: reducesWhileDecoding ? (width: width, height: height) : nil)
                return image.filling(height: height, width: width)
            }
        }
    }

    extension Bitmap {
        /// The largest middle part in these proportions, in this size.
        fileprivate func filling(height wantedHeight: Int, width wantedWidth: Int) -> Bitmap {
            // To the nearest pixel, halves up.
            let partWidth = (2 * height * wantedWidth + wantedHeight) / (2 * wantedHeight)
            let partHeight = (2 * width * wantedHeight + wantedWidth) / (2 * wantedWidth)
            return cropped(
                toCenterOfWidth: Swift.max(1, Swift.min(width, partWidth)),
                height: Swift.max(1, Swift.min(height, partHeight))
            ).resized(width: wantedWidth, height: wantedHeight)
        }
    }
#endif
