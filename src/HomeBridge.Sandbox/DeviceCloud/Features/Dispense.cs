using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>What can be dispensed; the first unit is the one that the device counts in.</summary>
internal sealed record Dispensable(string Name, string[] Units, int Portion, double Left);

internal static class Dispense
{
    private const double MostAtOnce = 2000;

    /// <summary>Things that can't be halved.</summary>
    private static readonly string[] WholeUnits = ["NO_UNITS", "PORTION"];

    /// <summary>Millilitres, and grams as if all were water.</summary>
    private static readonly Dictionary<string, double> Sizes = new(StringComparer.Ordinal)
    {
        ["MILLILITERS"] = 1,
        ["DECILITERS"] = 100,
        ["LITERS"] = 1000,
        ["TEASPOONS"] = 5,
        ["TABLESPOONS"] = 15,
        ["FLUID_OUNCES"] = 30,
        ["CUPS"] = 240,
        ["GRAMS"] = 1,
        ["KILOGRAMS"] = 1000,
        ["OUNCES"] = 28,
        ["POUNDS"] = 454,
    };

    public static Feature With(Dispensable[] items, params string[] presets) => new(
        "Dispense",
        Feature.Given(
            ("supportedDispenseItems", new JsonArray([.. items.Select(Describe)])),
            ("supportedDispensePresets", presets.Length == 0 ? null : new JsonArray([.. presets.Select(preset => new JsonObject
            {
                ["preset_name"] = preset,
                ["preset_name_synonyms"] = Synonyms.In("synonyms", preset),
            })]))),
        new()
        {
            ["dispenseItems"] = new JsonArray([.. items.Select(item => new JsonObject
            {
                ["itemName"] = item.Name,
                ["amountRemaining"] = Amount(item.Left, item.Units[0]),
                ["amountLastDispensed"] = Amount(item.Portion, item.Units[0]),
                ["isCurrentlyDispensing"] = false,
            })]),
        });

    public static string? Act(CommandTurn turn)
    {
        var items = turn.Attributes["supportedDispenseItems"].Objects().ToArray();
        if (turn.States["dispenseItems"].Objects().Any(state => state["isCurrentlyDispensing"]?.GetValue<bool>() == true))
            return "deviceCurrentlyDispensing";
        if (turn.Text("presetName") is { } preset)
        {
            if (!turn.Attributes["supportedDispensePresets"].Objects().Any(one => one["preset_name"]!.GetValue<string>() == preset))
                return "genericDispenseNotSupported";
            return Portion(turn, items[0]);
        }

        if (turn.Number("amount") is not { } amount)
            return items.Length == 1 || turn.Attributes.ContainsKey("supportedDispensePresets") ? Portion(turn, items[0]) : "genericDispenseNotSupported";
        var item = turn.Text("item") is { } name
            ? Array.Find(items, one => one["item_name"]!.GetValue<string>() == name)
            : items[0];
        return item is null ? "genericDispenseNotSupported" : Take(turn, item, amount, turn.Text("unit")!);
    }

    private static string? Portion(CommandTurn turn, JsonObject item) => Take(
        turn, item, item["default_portion"]!["amount"]!.AsNumber(), item["default_portion"]!["unit"]!.GetValue<string>());

    private static string? Take(CommandTurn turn, JsonObject item, double amount, string unit)
    {
        var units = item["supported_units"].Texts().ToArray();
        if (!units.Contains(unit, StringComparer.Ordinal))
            return "dispenseUnitNotSupported";
        if (amount <= 0)
            return "dispenseAmountBelowLimit";
        var isWhole = WholeUnits.Contains(unit, StringComparer.Ordinal);
        if (isWhole && amount != Math.Floor(amount))
            return "dispenseFractionalAmountNotSupported";
        var own = isWhole ? amount : amount * Sizes[unit] / Sizes[units[0]];
        if (own > MostAtOnce)
            return "dispenseAmountAboveLimit";
        var state = turn.States["dispenseItems"].Objects()
            .First(one => one["itemName"]!.GetValue<string>() == item["item_name"]!.GetValue<string>());
        var left = state["amountRemaining"]!["amount"]!.AsNumber();
        if (own > left)
            return "dispenseAmountRemainingExceeded";
        state["amountRemaining"]!["amount"] = Math.Round(left - own, 2);
        state["amountLastDispensed"] = Amount(amount, unit);
        return null;
    }

    private static JsonObject Describe(Dispensable item) => new()
    {
        ["item_name"] = item.Name,
        ["item_name_synonyms"] = Synonyms.In("synonyms", item.Name),
        ["supported_units"] = Feature.Words(item.Units),
        ["default_portion"] = new JsonObject { ["amount"] = item.Portion, ["unit"] = item.Units[0] },
    };

    private static JsonObject Amount(double amount, string unit) => new() { ["amount"] = amount, ["unit"] = unit };
}
