import PlumbKernels
import Testing

@Suite("Cropping pictures")
struct CropTests {
  typealias Crop = ImageKernels.Crop

  static func picture(height: Int, width: Int) -> [UInt8] {
    (0..<height * width * 3).map { UInt8(($0 &* 2_654_435_761) >> 7 & 255) }
  }

  /// The same in plain Swift and double precision, pixel by pixel.
  static func reference(
    _ image: [UInt8], _ crop: Crop, height: Int, width: Int, size: Int
  ) -> [Double] {
    func weights(_ start: Float, _ length: Float, _ source: Int, _ place: Int) -> [(Int, Double)] {
      let scale = Double(length) / Double(size)
      let radius = max(scale, 1)
      let center = Double(start) + (Double(place) + 0.5) * scale - 0.5
      var taps: [(Int, Double)] = []
      for pixel in Int(center - radius) - 1...Int(center + radius) + 1 {
        let weight = max(0, 1 - abs(Double(pixel) - center) / radius)
        taps.append((min(max(pixel, 0), source - 1), weight))
      }
      let sum = taps.reduce(0) { $0 + $1.1 }
      return taps.map { ($0.0, $0.1 / sum) }
    }
    var planes = [Double](repeating: 0, count: 3 * size * size)
    for y in 0..<size {
      for x in 0..<size {
        let place = crop.isMirrored ? size - 1 - x : x
        var color = [0.0, 0, 0]
        for (row, a) in weights(crop.top, crop.height, height, y) {
          for (column, b) in weights(crop.left, crop.width, width, place) {
            for channel in 0..<3 {
              color[channel] += a * b * Double(image[(row * width + column) * 3 + channel]) / 255
            }
          }
        }
        for channel in 0..<3 {
          let m = crop.colors[4 * channel..<4 * channel + 4].map { Double($0) }
          planes[(channel * size + y) * size + x] =
            m[0] * color[0] + m[1] * color[1] + m[2] * color[2] + m[3]
        }
      }
    }
    return planes
  }

  @Test(
    "Agrees with a plain implementation",
    arguments: [
      (7, 5, 6), (1, 1, 1), (1, 9, 4), (16, 16, 5), (8, 8, 8), (5, 6, 17),
    ])
  func agrees(height: Int, width: Int, size: Int) {
    let image = Self.picture(height: height, width: width)
    let (h, w) = (Float(height), Float(width))
    let colors: [Float] = [0.5, 0.2, 0.1, 0.05, 0, 1, 0, -0.1, 0.3, 0.3, 0.3, 0]
    let crops = [
      Crop(top: 0, left: 0, height: h, width: w),
      Crop(top: 0.3 * h, left: 0.1 * w, height: 0.5 * h, width: 0.8 * w, isMirrored: true),
      Crop(top: -1.5, left: -0.5, height: h + 3, width: w + 1, colors: colors),
    ]
    let images = Array(repeating: image, count: crops.count).flatMap { $0 }
    let planes = ImageKernels.cropped(images, crops, height: height, width: width, size: size)
    for (index, crop) in crops.enumerated() {
      let expected = Self.reference(image, crop, height: height, width: width, size: size)
      for (offset, value) in expected.enumerated() {
        // The window's edges are rounded to float, and weights change by as much.
        #expect(abs(Double(planes[index * expected.count + offset]) - value) < 1e-5)
      }
    }
  }

  @Test("A whole picture at its own size stays as it is")
  func identity() {
    let image = Self.picture(height: 6, width: 6)
    let crop = Crop(top: 0, left: 0, height: 6, width: 6)
    let planes = ImageKernels.cropped(image, [crop], height: 6, width: 6, size: 6)
    for pixel in 0..<36 {
      for channel in 0..<3 {
        #expect(abs(planes[channel * 36 + pixel] - Float(image[pixel * 3 + channel]) / 255) < 1e-6)
      }
    }
  }
}
