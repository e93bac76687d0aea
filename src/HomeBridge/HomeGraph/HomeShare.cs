using System.Data.Common;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Replicas;

namespace HomeBridge.HomeGraph;

/// <summary>
/// Which of the sixteen shares a home is in, by the last letter of its agent user's id: a hexadecimal digit, as they are made. One
/// that ends otherwise is in the first.
/// </summary>
internal static class HomeShare
{
    private const string Digits = "0123456789abcdef";

    public static int Of(string agentUserId) => agentUserId.Length == 0 ? 0 : Math.Max(0, Digits.IndexOf(agentUserId[^1], StringComparison.Ordinal));

    /// <summary>The same as a condition on rows, with the shares as the parameter <c>@homes</c>; null is all.</summary>
    public static string Condition(DbConnection connection, string[]? homes)
    {
        if (homes is null || homes.Length == Turn.HomeShares)
        {
            return "1 = 1";
        }

        const string last = "substr(agent_user_id, length(agent_user_id), 1)";
        var isIn = connection.In(last, "@homes");
        return homes.Contains("0", StringComparer.Ordinal) ? $"({isIn} OR {last} NOT BETWEEN '0' AND '9' AND {last} NOT BETWEEN 'a' AND 'f')" : isIn;
    }
}
