using HomeBridge.Sandbox.Faults;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>Incidents at the media edge: each bends a unit's answer by the flawed part that it is about.</summary>
internal static class EdgeIncidents
{
    public static IReadOnlyList<MediaFault> All { get; } =
    [
        Of(IncidentCatalogue.CoarseCache, CoarseEdgeCache.AnswerAsync),
        Of(IncidentCatalogue.SessionlessCache, SessionlessCache.AnswerAsync),
        Of(IncidentCatalogue.ClonedKey, MixupFaults.DuplicateKeyAsync),
        Of(IncidentCatalogue.CancelledRequest, PipelinedStore.AnswerAsync),
        Of(IncidentCatalogue.FailedWrite, MultiplexedStore.AnswerAsync),
        Of(IncidentCatalogue.SharedObject, SharedEnvelope.AnswerAsync),
        Of(IncidentCatalogue.EmergencyRule, EmergencyCache.AnswerAsync),
        Of(IncidentCatalogue.LateWriter, ContextPool.AnswerAsync),
        Of(IncidentCatalogue.DoubleReturn, UncheckedBufferPool.AnswerAsync),
        Of(IncidentCatalogue.SharedProcessor, SharedProcessor.AnswerAsync),
        Of(IncidentCatalogue.PathOnlyKey, PathOnlyCache.AnswerAsync),
    ];

    private static MediaFault Of(PublishedIncident incident, BendAnswer bend) =>
        new(incident.Kind, incident.Listed.Says, bend);
}

/// <summary>The flawed parts of one edge. What they remember is an effect of a fault, so it goes when the faults go.</summary>
internal sealed class FlawedParts
{
    public CoarseEdgeCache CoarseCache { get; } = new();

    public SessionlessCache SessionlessCache { get; } = new();

    public EmergencyCache EmergencyCache { get; } = new();

    public PathOnlyCache PathOnlyCache { get; } = new();

    public PipelinedStore PipelinedStore { get; } = new();

    public MultiplexedStore MultiplexedStore { get; } = new();

    public ContextPool Contexts { get; } = new();

    public UncheckedBufferPool Buffers { get; } = new();

    public SharedProcessor Processor { get; } = new();
}
