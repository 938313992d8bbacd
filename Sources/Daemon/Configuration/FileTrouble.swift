import Foundation

/// Says why a file could not be read in words that a user knows from the shell.
enum FileTrouble {
    static func describe(_ error: any Error, path: String) -> String {
        let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        if type == .typeDirectory { return "it is a directory" }
        let cocoa = error as NSError
        let underlying = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError
        let code = [cocoa, underlying].compactMap { $0 }.first { $0.domain == NSPOSIXErrorDomain }?.code
        switch code.flatMap({ POSIXErrorCode(rawValue: Int32($0)) }) {
        case .ENOENT: return "there is no such file"
        case .EACCES, .EPERM: return "permission denied"
        default: break
        }
        switch CocoaError.Code(rawValue: cocoa.code) {
        case .fileReadNoSuchFile, .fileNoSuchFile: return "there is no such file"
        case .fileReadNoPermission: return "permission denied"
        default: return cocoa.localizedDescription
        }
    }
}
