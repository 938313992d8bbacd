import Foundation

/// Writes the few elements of SVG that a chart needs.
struct SVGText {
    /// What was written so far.
    private(set) var text = ""

    /// Opens a document of this size with a style sheet.
    init(width: Double, height: Double, title: String, style: String) {
        text += """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.number(width)) \(Self.number(height))" \
            width="\(Self.number(width))" height="\(Self.number(height))">
            <title>\(Self.escaped(title))</title>
            <style>
            \(style)
            </style>

            """
    }

    /// Ends the document.
    mutating func finish() {
        text += "</svg>\n"
    }

    /// A rectangle, with a text that shows when it is pointed at.
    mutating func rectangle(_ box: ChartBox, class style: String, hint: String? = nil) {
        text += "<rect class=\"\(style)\" x=\"\(Self.number(box.x))\" y=\"\(Self.number(box.y))\" "
        text += "width=\"\(Self.number(box.width))\" height=\"\(Self.number(box.height))\""
        text += hint.map { "><title>\(Self.escaped($0))</title></rect>\n" } ?? "/>\n"
    }

    /// A path, cut off at the edges of the clip with this name.
    mutating func path(_ data: String, class style: String, clip: String? = nil) {
        guard !data.isEmpty else { return }
        text += "<path class=\"\(style)\""
        if let clip { text += " clip-path=\"url(#\(clip))\"" }
        text += " d=\"\(data)\"/>\n"
    }

    /// A circle around a point.
    mutating func circle(x: Double, y: Double, radius: Double, class style: String) {
        text += "<circle class=\"\(style)\" cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" "
        text += "r=\"\(Self.number(radius))\"/>\n"
    }

    /// Defines a clip.
    mutating func clip(_ name: String, _ box: ChartBox) {
        text += "<clipPath id=\"\(name)\"><rect x=\"\(Self.number(box.x))\" y=\"\(Self.number(box.y))\" "
        text += "width=\"\(Self.number(box.width))\" height=\"\(Self.number(box.height))\"/></clipPath>\n"
    }

    /// A line of text, which begins, is centered or ends at a place.
    mutating func label(_ label: String, x: Double, y: Double, class style: String) {
        text +=
            "<text class=\"\(style)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\">\(Self.escaped(label))</text>\n"
    }

    /// A number of pixels to a tenth, in as few characters as it needs.
    static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let whole = "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10)"
        return tenths % 10 == 0 ? whole : "\(whole).\(abs(tenths) % 10)"
    }

    /// A text as XML takes it; characters that XML does not allow at all are replaced.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value & 0xFFFE == 0xFFFE:
                escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

/// A rectangle of the drawing, in pixels from the upper left corner.
struct ChartBox {
    var x: Double
    var y: Double
    var width: Double
    var height: Double
}
