using System.Text.Json;
using System.Text.Json.Serialization;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Streaming.Feed;

/// <summary>
/// What a gateway released since its last batch. Sent in order, again and again until the bridge has it; a batch that
/// arrives twice is recorded once.
/// </summary>
/// <param name="Run">This run of the gateway, random: its batches are numbered from 1.</param>
/// <param name="Batch">The number of the batch within the run.</param>
/// <param name="Units">In the order in which they were released.</param>
public sealed record UnitsReleased(string Run, long Batch, IReadOnlyList<UnitReleased> Units)
{
    /// <summary>POST <see cref="UnitsReleased"/> → 204 recorded, 400 not of this shape.</summary>
    public const string Path = "/internal/v1/releases";

    /// <summary>Units of one batch.</summary>
    public const int UnitsMax = 2000;

    /// <summary>Characters of <see cref="Run"/>.</summary>
    public const int RunLengthMax = 64;
}

/// <summary>One unit that went to one viewer.</summary>
/// <param name="Grant">The session's grant, 32 hexadecimal digits.</param>
/// <param name="Kind">Init or segment.</param>
/// <param name="Sequence">The unit's media sequence number; 0 for the init unit.</param>
/// <param name="Sha256">Of the whole unit, as it was proven.</param>
/// <param name="Bytes">Bytes that left for the viewer.</param>
/// <param name="Cut">The session or the viewer ended in the middle: <paramref name="Bytes"/> is less than the unit.</param>
/// <param name="AtUnixMs">When its first byte left.</param>
public sealed record UnitReleased(string Grant, UnitKind Kind, long Sequence, byte[] Sha256, int Bytes, bool Cut, long AtUnixMs);

/// <summary>Compiled ahead, like the rest of what gateways and bridge tell each other.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(UnitsReleased))]
public sealed partial class ReleaseJson : JsonSerializerContext;
