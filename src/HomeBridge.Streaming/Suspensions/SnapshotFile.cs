using System.Text.Json;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Streaming.Suspensions;

/// <summary>
/// The last known suspensions on this machine's disk: what a process honours that starts while it can't ask. Written beside
/// and renamed, readable by its own user only.
/// </summary>
public sealed class SnapshotFile : ISnapshotCopy
{
    private const int LengthMax = 64 * 1024 * 1024;

    private readonly string _path;

    /// <param name="path">The file; its folder is made if missing.</param>
    public SnapshotFile(string path) => _path = Path.GetFullPath(path);

    /// <inheritdoc />
    public SnapshotMemory? Load()
    {
        try
        {
            using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > LengthMax)
            {
                throw new InvalidDataException($"'{_path}' is larger than {LengthMax} bytes.");
            }

            var read = JsonSerializer.Deserialize(file, GatewayJson.Default.SnapshotMemoryFile);
            return read is { Told: { InForce: not null } told, Remembered: not null }
                ? new SnapshotMemory(new NumberedSnapshot(told.Epoch, new SuspensionSnapshot(told.Version, [.. told.InForce])), [.. read.Remembered], read.Floor)
                : throw new InvalidDataException($"'{_path}' has no suspensions in it.");
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException unreadable)
        {
            throw new InvalidDataException($"'{_path}' can't be read as JSON: {unreadable.Message}", unreadable);
        }
    }

    /// <inheritdoc />
    public void Save(SnapshotMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var beside = $"{_path}.{Environment.ProcessId}.new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(beside, options))
        {
            var told = memory.Told;
            JsonSerializer.Serialize(
                file,
                new SnapshotMemoryFile(new SnapshotBody(told.Epoch, told.Snapshot.Version, [.. told.Snapshot.InForce]), [.. memory.Remembered], memory.Floor),
                GatewayJson.Default.SnapshotMemoryFile);
        }

        File.Move(beside, _path, overwrite: true);
    }
}

/// <summary>Where a process keeps what it was told last.</summary>
public interface ISnapshotCopy
{
    /// <summary>What was saved last; null when nothing was.</summary>
    /// <exception cref="InvalidDataException">There is something else.</exception>
    SnapshotMemory? Load();

    /// <summary>Keeps it.</summary>
    void Save(SnapshotMemory memory);
}

/// <summary>The file's shape.</summary>
/// <param name="Told">The newest that was told.</param>
/// <param name="Remembered">See <see cref="SnapshotMemory"/>.</param>
/// <param name="Floor">See <see cref="SnapshotMemory"/>.</param>
public sealed record SnapshotMemoryFile(SnapshotBody Told, SuspensionInForce[] Remembered, SnapshotFloor? Floor);
