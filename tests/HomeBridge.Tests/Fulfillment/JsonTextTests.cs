using System.Buffers;
using System.Globalization;
using System.Text;
using HomeBridge.Hosting.StrangersJson;
using Newtonsoft.Json;

namespace HomeBridge.Tests.Fulfillment;

/// <summary>What is written and read, against a library that many others use.</summary>
public sealed class JsonTextTests
{
    [Fact]
    public void Every_character_is_written_as_the_library_writes_it()
    {
        for (var from = 0; from <= char.MaxValue; from += 64)
        {
            var text = string.Concat(Enumerable.Range(from, 64).Select(code => (char)code).Where(character => !char.IsSurrogate(character)));
            Assert.Equal(ByLibrary(text), Written(text));
        }

        foreach (var text in (string[])["", "\ud83d\ude00", "a\ud83d\ude00\n\"\\\u2028", new string('\u00e4', 20_000), string.Concat(Enumerable.Repeat("\ud83d\ude00", 9_000)), "x" + string.Concat(Enumerable.Repeat("\ud83d\ude00\t", 9_000))])
        {
            Assert.Equal(ByLibrary(text), Written(text));
        }
    }

    [Fact]
    public void Every_kind_of_value_is_written_as_the_library_writes_it()
    {
        object?[] values =
        [
            null, true, false, 0L, -1L, long.MaxValue, long.MinValue, 0.0, -0.0, 1.0, 50.0, 0.1, 1e20, 1e-7, 123456789.125, double.MaxValue, double.Epsilon, double.NaN, double.PositiveInfinity,
        ];
        Assert.All(values, value => Assert.Equal(ByLibrary(value), Written(value)));
        var nested = new JsonMap { ["a"] = new List<object?> { 1L, "x", new JsonMap(), new List<object?>() }, ["b"] = new JsonMap { ["c"] = null, ["d \"e\""] = true } };
        Assert.Equal(ByLibrary(nested), Written(nested));
    }

    [Theory]
    [InlineData("1", 1L)]
    [InlineData("-0", 0L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775808", 9223372036854775808.0)]
    [InlineData("1.0", 1.0)]
    [InlineData("1e2", 100.0)]
    [InlineData("\"\\u0041\\n\\/\"", "A\n/")]
    [InlineData("true", true)]
    public void Values_are_read_as_what_they_are(string json, object value)
    {
        var read = Read("{\"v\":" + json + "}")["v"];
        Assert.Equal(value, read);
        Assert.IsType(value.GetType(), read);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_read_as_it_stands_and_written_as_no_character()
    {
        var read = Read("""{"v":"\ud800x\n\"","w":"\u00e4\udc00"}""");
        Assert.Equal((char)0xd800 + "x\n\"", read["v"]);
        Assert.Equal("ä" + (char)0xdc00, read["w"]);
        Assert.Equal("\"\ufffdx\"", Written((char)0xd800 + "x"));
    }

    [Fact]
    public void What_comes_in_pieces_reads_like_what_comes_whole()
    {
        const string text = """{"name":"caf\u00e9 \ud83d\ude00","list":[1,2.5,{"on":true,"x":null}],"long":"äöüäöüäöü"}""";
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var first = new Piece(bytes.AsMemory(0, cut), null);
            var last = new Piece(bytes.AsMemory(cut), first);
            Assert.True(JsonInput.Open(new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length)).Map().Says(Read(text)));
        }
    }

    [Fact]
    public void Names_that_stand_twice_are_refused_however_they_are_spelt()
    {
        foreach (var text in (string[])["""{"a":1,"a":2}""", """{"a":1,"\u0061":2}""", """{"x":{"a":1,"b":2,"c":3,"d":4,"e":5,"b":6}}""", """{"on":1,"\u006fn":2}"""])
        {
            Assert.Throws<JsonShapeException>(() => Read(text));
        }
    }

    [Fact]
    public void Deeper_than_agreed_is_another_shape_and_a_number_without_end_is_too()
    {
        string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
        Assert.NotEmpty(Read(Nested(JsonInput.DepthMax)));
        Assert.Throws<JsonShapeException>(() => Read(Nested(JsonInput.DepthMax + 1)));
        Assert.Throws<JsonShapeException>(() => Read("{\"a\":" + new string('9', 400) + "}"));
    }

    private static JsonMap Read(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return JsonInput.Open(bytes, bytes.Length).Map();
    }

    private static string Written(object? value) => Encoding.UTF8.GetString(JsonOutput.Write(writer => writer.Any(value)).Span);

    private static string ByLibrary(object? value) => JsonConvert.SerializeObject(value, new JsonSerializerSettings { Culture = CultureInfo.InvariantCulture });

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
