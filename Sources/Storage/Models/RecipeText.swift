internal import AnomalyDetection
internal import Foundation

/// What a candidate was fitted to and with, as the JSON text in which it is stored: names in snake_case, numbers to the last bit.
enum RecipeText {
    /// The text.
    static func encode(_ recipe: TrainingRecipe) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(recipe), as: UTF8.self)
    }

    /// The recipe that a text says.
    static func decode(_ text: String) throws -> TrainingRecipe {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(TrainingRecipe.self, from: Data(text.utf8))
    }
}
