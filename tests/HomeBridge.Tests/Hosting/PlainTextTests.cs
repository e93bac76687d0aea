using HomeBridge.Hosting;

namespace HomeBridge.Tests.Hosting;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("Kitchen light", "Kitchen light")]
    [InlineData("  Küche 客厅  ", "Küche 客厅")]
    [InlineData("a\r\nb\tc\0d", "abcd")]
    [InlineData("left\u202Eright\u2066\u200B", "leftright")]
    [InlineData("one\u2028two\u2029", "onetwo")]
    [InlineData("👪 home", "👪 home")]
    [InlineData("\u200B \r\n", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Names_are_one_plain_line(string? said, string? shown) => Assert.Equal(shown, PlainText.Of(said));

    [Fact]
    public void What_is_too_long_is_cut_between_characters()
    {
        Assert.Equal(new string('x', 100), PlainText.Of(new string('x', 100_000)));
        Assert.Equal(new string('x', 99), PlainText.Of(new string('x', 99) + "👪"));
    }
}
