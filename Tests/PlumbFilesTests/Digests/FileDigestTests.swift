import Foundation
import Testing

@testable import PlumbFiles

@Suite("File digests")
struct FileDigestTests {
  @Test(
    "The examples of the standard",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func examples(text: String, digest: String) {
    #expect(FileDigest.sha256(Data(text.utf8)) == digest)
    #expect(FileDigest.sha256(Data(text.utf8), portably: true) == digest)
  }

  @Test("A million letters a")
  func million() {
    let digest = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    let data = Data(repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(FileDigest.sha256(data) == digest)
    #expect(FileDigest.sha256(data, portably: true) == digest)
  }

  @Test("The processor's instructions and plain C agree at every length around a block")
  func agreement() {
    for count in 0..<200 {
      let data = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) })
      #expect(FileDigest.sha256(data) == FileDigest.sha256(data, portably: true))
    }
  }

  @Test("A file that is not there is named")
  func missing() {
    let text = message { _ = try FileDigest.sha256(ofFile: "/no/such/file") }
    #expect(
      text == "/no/such/file cannot be read (no such file); check the path and its permissions.")
  }
}
