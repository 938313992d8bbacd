/// The colors of a chart, on light ground and on dark.
enum ChartStyle {
    static let sheet = """
        svg { color-scheme: light dark; font: 11px system-ui, sans-serif; }
        .ground { fill: #ffffff; } .frame { fill: none; stroke: #9aa0a6; stroke-width: .6; }
        text { fill: #3c4043; } .title { font-size: 14px; font-weight: 600; } .name { font-weight: 600; }
        .left { text-anchor: end; } .middle { text-anchor: middle; }
        .grid { fill: none; stroke: #9aa0a6; stroke-opacity: .3; stroke-width: .6; }
        .learned { fill: #9aa0a6; fill-opacity: .14; } .event { fill: #f9ab00; fill-opacity: .28; }
        .alert { fill: #d93025; }
        .value, .expected, .score, .settled, .threshold { fill: none; stroke-linecap: round; stroke-linejoin: round; }
        .value { stroke: #1a73e8; stroke-width: 1; } .expected { stroke: #188038; stroke-width: .8; }
        .band { fill: #188038; fill-opacity: .16; }
        .score { stroke: #6a3ab2; stroke-width: 1; } .settled { stroke: #e8710a; stroke-width: 1; }
        .threshold { stroke: #d93025; stroke-width: 1; stroke-dasharray: 5 3; }
        @media (prefers-color-scheme: dark) {
          .ground { fill: #17181a; } text { fill: #dadce0; }
          .value { stroke: #8ab4f8; } .expected { stroke: #81c995; } .band { fill: #81c995; }
          .score { stroke: #c58af9; } .settled { stroke: #fcad70; } .threshold { stroke: #f28b82; }
          .alert { fill: #f28b82; } .event { fill: #fdd663; }
        }
        """
}
