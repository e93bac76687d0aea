using System.Text;
using Newtonsoft.Json;

namespace HomeBridge.Hosting.StrangersJson;

/// <summary>Writes JSON for strangers, streaming, absent members left out: platforms read null as present.</summary>
internal static class JsonOutput
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes one document into memory.</summary>
    public static ReadOnlyMemory<byte> Write(Action<JsonTextWriter> document)
    {
        using var memory = new MemoryStream(1024);
        using (var writer = new JsonTextWriter(new StreamWriter(memory, Utf8, 1024, leaveOpen: true)))
        {
            document(writer);
        }

        return memory.GetBuffer().AsMemory(0, (int)memory.Length);
    }

    public static void Member(this JsonTextWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WritePropertyName(name);
            writer.WriteValue(value);
        }
    }

    public static void Member(this JsonTextWriter writer, string name, bool value)
    {
        writer.WritePropertyName(name);
        writer.WriteValue(value);
    }

    public static void Members(this JsonTextWriter writer, JsonMap map)
    {
        foreach (var (name, value) in map)
        {
            writer.WritePropertyName(name);
            writer.Any(value);
        }
    }

    public static void Any(this JsonTextWriter writer, object? value)
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
