/// The colors of a chart, on light ground and on dark.
enum ChartStyle {
    static let sheet = """
        svg { color-scheme: light dark; font: 11px system-ui, sans-serif; }
        .ground { fill: #ffffff; } .frame { fill: none; stroke: #9aa0a6; stroke-width: .6; }
        text { fill: #3c4043; } .title { font-size: 14px; font-weight: 600; } .name { font-weight: 600; }
        .halo { paint-order: stroke; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round; }
        .left { text-anchor: end; } .middle { text-anchor: middle; }
        .grid { fill: none; stroke: #9aa0a6; stroke-opacity: .3; stroke-width: .6; }
        .learned { fill: #9aa0a6; fill-opacity: .14; } .event { fill: #f9ab00; fill-opacity: .28; }
        .alert { fill: #d93025; } .extent { fill: #d93025; fill-opacity: .1; } .caption { font-size: 12px; }
        .focus { fill: #d93025; stroke: #ffffff; stroke-width: 1; }
        .focus-line, .fired-line { fill: none; stroke: #d93025; stroke-width: .8; } .fired-line { stroke-dasharray: 2 3; }
        .value, .expected, .score, .settled, .threshold { fill: none; stroke-linecap: round; stroke-linejoin: round; }
        .value { stroke: #1a73e8; stroke-width: 1; } .expected { stroke: #188038; stroke-width: .8; }
        .band { fill: #188038; fill-opacity: .16; }
        .score { stroke: #6a3ab2; stroke-width: 1; } .settled { stroke: #e8710a; stroke-width: 1; }
        .threshold { stroke: #d93025; stroke-width: 1; stroke-dasharray: 5 3; }
        .strong { stroke-width: 1.6; }
        @media (prefers-color-scheme: dark) {
          .ground { fill: #17181a; } text { fill: #dadce0; }
          .value { stroke: #8ab4f8; } .expected { stroke: #81c995; } .band { fill: #81c995; }
          .score { stroke: #c58af9; } .settled { stroke: #fcad70; } .threshold { stroke: #f28b82; }
          .alert, .extent, .focus { fill: #f28b82; } .event { fill: #fdd663; } .focus { stroke: #17181a; }
          .focus-line, .fired-line { stroke: #f28b82; } .halo { stroke: #17181a; }
        }
        """
}
