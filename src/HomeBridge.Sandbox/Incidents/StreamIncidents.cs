using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.Faults;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>
/// Incidents in what the maker believes an open stream to be of. A wrong belief stays: it is in a record, or in a cache, until
/// somebody takes it back.
/// </summary>
internal sealed class StreamIncidents(MakerCameras cameras, FaultBoard faults)
{
    /// <summary>The camera that a stream is answered from because of an incident; null when there is none.</summary>
    public IngestedCamera? ShownInstead(CameraStream stream)
    {
        if (faults.Hits(IncidentCatalogue.MixedUpMapping.Kind, stream.Asked.Device))
            return MappingClient.CameraOf(stream.Asked, cameras.StrangerTo(stream.Asked));
        if (faults.Hits(IncidentCatalogue.CrossedGroups.Kind, stream.Asked.Device))
            return cameras.AtTheSamePlaceIn(TenantGroups.CrossedWith(stream.Asked.Device.FirstHome), stream.Asked);

        // C7. Two databases draw ids out of one space, and a record is written whether or not there is one: the other one's
        // call is what the id means now.
        return faults.Hits(IncidentCatalogue.CollidingIds.Kind, stream.Asked.Device) ? cameras.StrangerTo(stream.Asked) : null;
    }
}

/// <summary>
/// C3. Looks up which camera a stream is of, several at a time to be fast. Under load the store answers the last question first;
/// an answer doesn't name its question, and the client hands them out in the order in which it asked.
/// </summary>
internal static class MappingClient
{
    public static IngestedCamera CameraOf(IngestedCamera asked, IngestedCamera reconnecting)
    {
        IngestedCamera[] questions = [asked, reconnecting];
        var answers = questions.Reverse();
        return questions.Zip(answers).First(pair => pair.First == asked).Second;
    }
}

/// <summary>C6. Homes are kept in groups, and an upgrade wrote the wrong group into a whole column.</summary>
internal static class TenantGroups
{
    private static readonly Dictionary<string, string> Upgraded = new(StringComparer.Ordinal)
    {
        ["maple"] = "harbor",
        ["harbor"] = "maple",
        ["hill"] = "maple",
    };

    public static string CrossedWith(string home) => Upgraded[home];
}
