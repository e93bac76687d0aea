using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class Cook
{
    private const string NotCooking = "NONE";
    private const double MostFood = 5000;

    public static Feature With(string[] modes, params (string Name, string[] Units)[] foods) => new(
        "Cook",
        Feature.Given(
            ("supportedCookingModes", Feature.Words(modes)),
            ("foodPresets", foods.Length == 0 ? null : new JsonArray([.. foods.Select(food => new JsonObject
            {
                ["food_preset_name"] = food.Name,
                ["supported_units"] = Feature.Words(food.Units),
                ["food_synonyms"] = Synonyms.In("synonym", food.Name.Replace('_', ' ')),
            })]))),
        new() { ["currentCookingMode"] = NotCooking });

    public static string? Act(CommandTurn turn)
    {
        if (!turn.Flag("start")!.Value)
        {
            turn.States["currentCookingMode"] = NotCooking;
            Forget(turn.States);
            return null;
        }

        var modes = turn.Attributes["supportedCookingModes"].Texts().ToArray();
        var mode = turn.Text("cookingMode") ?? (modes.Length == 1 ? modes[0] : null);
        if (mode is null)
            return "onRequiresMode";
        if (!modes.Contains(mode, StringComparer.Ordinal))
            return "notSupported";
        if (turn.StateText("currentCookingMode") != NotCooking)
            return "deviceBusy";
        if (Refusal(turn) is { } refusal)
            return refusal;
        Forget(turn.States);
        turn.States["currentCookingMode"] = mode;
        if (turn.Text("foodPreset") is { } food)
            turn.States["currentFoodPreset"] = food;
        if (turn.Number("quantity") is { } quantity)
            turn.States["currentFoodQuantity"] = quantity;
        if (turn.Text("unit") is { } unit)
            turn.States["currentFoodUnit"] = unit;
        return null;
    }

    private static string? Refusal(CommandTurn turn)
    {
        if (turn.Text("foodPreset") is { } wanted)
        {
            var preset = turn.Attributes["foodPresets"].Objects()
                .FirstOrDefault(one => one["food_preset_name"]!.GetValue<string>() == wanted);
            if (preset is null)
                return "unknownFoodPreset";
            if (turn.Text("unit") is { } unit && !preset["supported_units"].Texts().Contains(unit, StringComparer.Ordinal))
                return "notSupported";
        }

        return turn.Number("quantity") switch
        {
            > MostFood => "amountAboveLimit",
            <= 0 => "valueOutOfRange",
            _ => null,
        };
    }

    private static void Forget(JsonObject states)
    {
        states.Remove("currentFoodPreset");
        states.Remove("currentFoodQuantity");
        states.Remove("currentFoodUnit");
    }
}
