using System.Buffers;

namespace HomeBridge.Hosting.StrangersJson;

/// <summary>Writes JSON for strangers, streaming, absent members left out: platforms read null as present.</summary>
internal static class JsonOutput
{
    /// <summary>Writes one document, in pieces.</summary>
    public static ReadOnlySequence<byte> WriteChunks(Action<JsonWriter> document)
    {
        var chunks = new ByteChunks();
        document(new JsonWriter(chunks));
        return chunks.ToSequence();
    }

    /// <summary>Writes one small document into one piece.</summary>
    public static ReadOnlyMemory<byte> Write(Action<JsonWriter> document) =>
        WriteChunks(document) is var chunks && chunks.IsSingleSegment ? chunks.First : chunks.ToArray();

    public static void Member(this JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WritePropertyName(name);
            writer.WriteValue(value);
        }
    }

    public static void Member(this JsonWriter writer, string name, bool value)
    {
        writer.WritePropertyName(name);
        writer.WriteValue(value);
    }

    /// <summary>By a name that the source writes with its quotes and colon, as <see cref="JsonWriter.WriteName"/> takes it.</summary>
    public static void Member(this JsonWriter writer, ReadOnlySpan<byte> nameAndColon, string? value)
    {
        if (value is not null)
        {
            writer.WriteName(nameAndColon);
            writer.WriteValue(value);
        }
    }

    public static void Member(this JsonWriter writer, ReadOnlySpan<byte> nameAndColon, bool value)
    {
        writer.WriteName(nameAndColon);
        writer.WriteValue(value);
    }

    public static void Members(this JsonWriter writer, JsonMap map)
    {
        foreach (var (name, value) in map)
        {
            writer.WritePropertyName(name);
            writer.Any(value);
        }
    }

    public static void Any(this JsonWriter writer, object? value)
    {
        switch (value)
        {
            case JsonMap map:
                writer.WriteStartObject();
                writer.Members(map);
                writer.WriteEndObject();
                break;
            case IEnumerable<object?> list:
                writer.WriteStartArray();
                foreach (var item in list)
                {
                    writer.Any(item);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteValue(value);
                break;
        }
    }
}
