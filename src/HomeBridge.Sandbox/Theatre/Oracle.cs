using System.Buffers.Binary;
using System.Text;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.Theatre;

/// <summary>
/// Says whose pictures some bytes are, from the bytes alone: every fragment of a sandbox camera carries the camera's id. It knows
/// the maker's homes, and nothing of either gateway.
/// </summary>
internal sealed class Oracle(SandboxHomes homes)
{
    private const int BoxHeaderLength = 8;

    /// <summary>The camera of another home in a unit, or null when there is none.</summary>
    public SandboxDevice? StrangerIn(ReadOnlySpan<byte> unit, string viewersHome)
    {
        while (unit.Length >= BoxHeaderLength)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(unit);
            if (length < BoxHeaderLength || length > unit.Length)
            {
                return null;
            }

            var payload = unit[BoxHeaderLength..(int)length];
            if (payload.StartsWith(CameraIdentityBox.UserType)
                && homes.Find(Encoding.ASCII.GetString(payload[CameraIdentityBox.UserType.Length..])) is { } device
                && device.Home != viewersHome)
            {
                return device;
            }

            unit = unit[(int)length..];
        }

        return null;
    }
}
