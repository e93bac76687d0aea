namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>Which demand of which RFC a test checks; the checklist is made of these.</summary>
/// <param name="section">The RFC's number, a space, and the section.</param>
/// <param name="demand">What it demands, or what we chose where it leaves a choice.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class RfcAttribute(string section, string demand) : Attribute
{
    public string Section { get; } = section;

    public string Demand { get; } = demand;
}
