using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>
/// X3. An answer under construction that a request hands to background work and goes on to use: the work of another request
/// still has it, and puts its body in.
/// </summary>
internal sealed class SharedEnvelope
{
    private IReadOnlyList<KeyValuePair<string, string>> _headers = [];
    private byte[] _body = [];

    public static async Task<UnitAnswer> AnswerAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var shared = new SharedEnvelope();
        (shared._headers, shared._body) = (genuine.Headers, genuine.Body);
        await Task.Run(async () => shared._body = (await Neighbour.AnswerAsync(edge, Neighbour.Of(request))).Body);
        return new(shared._body) { Headers = shared._headers };
    }
}
