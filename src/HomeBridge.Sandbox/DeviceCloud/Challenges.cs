using System.Text.Json;
using HomeBridge.Sandbox.DeviceCloud.Features;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// Which commands the maker wants a PIN for: those of the catalogue, and whichever carries one. A fire is lit only when
/// somebody says yes to it.
/// </summary>
internal static class Challenges
{
    /// <summary>Null when there is nothing to ask, or the answer was right.</summary>
    public static CommandOutcomeMessage? Ask(string trait, CommandTurn turn, ChallengeMessage? answer, LockPin pin)
    {
        if ((WantsPin(trait, turn) || !string.IsNullOrEmpty(answer?.Pin)) && pin.Refuse(answer?.Pin, turn.Now) is { } refusal)
            return refusal;
        if (!LightsAFire(turn))
            return null;
        return answer?.Ack switch
        {
            true => null,
            false => CommandOutcomeMessage.Failed("userCancelled"),
            null => CommandOutcomeMessage.Challenged(CommandOutcomeMessage.AckNeeded),
        };
    }

    private static bool WantsPin(string trait, CommandTurn turn) =>
        TraitVocabulary.Instance.Challenges(trait).Any(challenge =>
            challenge.GetProperty("challenge").GetString() == CommandOutcomeMessage.PinNeeded
            && IsFor(TraitVocabulary.Member(challenge, "deviceTypes"), turn.Type)
            && (TraitVocabulary.Member(challenge, "when") is not { } condition || Holds(condition, turn)))
        && LeavesLessSafe(trait, turn);

    /// <summary>Closing a gate and switching a camera on make a home no less safe.</summary>
    private static bool LeavesLessSafe(string trait, CommandTurn turn) => trait switch
    {
        "OpenClose" => OpenClose.Opens(turn),
        "OnOff" => turn.Flag("on") == false,
        _ => true,
    };

    private static bool LightsAFire(CommandTurn turn) => turn.Type == "FIREPLACE" && turn.Flag("on") == true;

    private static bool IsFor(JsonElement? types, string type) =>
        types is not { } some || some.EnumerateArray().Any(one => one.GetString() == type);

    private static bool Holds(JsonElement condition, CommandTurn turn) => condition.EnumerateObject()
        .All(part => part.Value.ValueKind == JsonValueKind.Object
            ? turn.Number(part.Name) > part.Value.GetProperty("above").GetDouble()
            : turn.Flag(part.Name) == part.Value.GetBoolean());
}
