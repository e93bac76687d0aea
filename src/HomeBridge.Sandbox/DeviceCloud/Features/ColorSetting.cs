using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class ColorSetting
{
    private const int WhitestRgb = 0xFFFFFF;

    public static Feature Rgb(int color, (int Min, int Max)? kelvin = null, bool commandOnly = false) =>
        With("rgb", kelvin, new() { ["spectrumRgb"] = color }, commandOnly);

    public static Feature Hsv(double hue, double saturation, double value) =>
        With("hsv", null, new() { ["spectrumHsv"] = HsvOf(hue, saturation, value) }, false);

    public static Feature White(int kelvin, int min, int max) =>
        With(null, (min, max), new() { ["temperatureK"] = kelvin }, false);

    /// <summary>Traits of before ColorSetting: an old lamp names them still, they carry nothing any more.</summary>
    public static Feature OldSpectrum { get; } = new("ColorSpectrum", [], []);

    public static Feature OldTemperature { get; } = new("ColorTemperature", [], []);

    public static string? Absolute(CommandTurn turn)
    {
        var color = turn.Parameter("color")!.Value;
        var model = turn.Attributes["colorModel"]?.GetValue<string>();
        if (TraitVocabulary.Member(color, "temperature")?.GetInt64() is { } kelvin)
        {
            if (turn.Attributes["colorTemperatureRange"] is not { } range)
                return "functionNotSupported";
            if (kelvin < range["temperatureMinK"]!.AsNumber() || kelvin > range["temperatureMaxK"]!.AsNumber())
                return "valueOutOfRange";
            turn.States["color"] = new JsonObject { ["temperatureK"] = kelvin };
        }
        else if (TraitVocabulary.Member(color, "spectrumRGB")?.GetInt64() is { } rgb)
        {
            if (model != "rgb")
                return "functionNotSupported";
            if (rgb is < 0 or > WhitestRgb)
                return "valueOutOfRange";
            turn.States["color"] = new JsonObject { ["spectrumRgb"] = rgb };
        }
        else
        {
            if (model != "hsv")
                return "functionNotSupported";
            var hsv = color.GetProperty("spectrumHSV");
            turn.States["color"] = new JsonObject
            {
                ["spectrumHsv"] = HsvOf(Part("hue", 0), Part("saturation", 1), Part("value", 1)),
            };

            double Part(string name, double otherwise) => TraitVocabulary.Member(hsv, name)?.GetDouble() ?? otherwise;
        }

        LightEffects.End(turn.States);
        return null;
    }

    private static Feature With(string? model, (int Min, int Max)? kelvin, JsonObject color, bool commandOnly) => new(
        "ColorSetting",
        Feature.Given(
            ("colorModel", model),
            ("colorTemperatureRange", kelvin is { } range
                ? new JsonObject { ["temperatureMinK"] = range.Min, ["temperatureMaxK"] = range.Max }
                : null),
            ("commandOnlyColorSetting", Feature.IfSo(commandOnly))),
        new() { ["color"] = color });

    private static JsonObject HsvOf(double hue, double saturation, double value) =>
        new() { ["hue"] = hue, ["saturation"] = saturation, ["value"] = value };
}
