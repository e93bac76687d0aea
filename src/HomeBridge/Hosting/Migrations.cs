using System.Globalization;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Data.Sqlite;

namespace HomeBridge.Hosting;

/// <summary>
/// Numbered SQL files beside the features that own the tables, run once each and in order. Forward only: a change is a
/// new file.
/// </summary>
internal static partial class Migrations
{
    public static void Apply(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        connection.Execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)", transaction: transaction);
        var done = connection.Query<int>("SELECT number FROM schema_migrations", transaction: transaction).ToHashSet();
        foreach (var (number, name, sql) in Files().Where(file => !done.Contains(file.Number)))
        {
            connection.Execute(sql, transaction: transaction);
            connection.Execute("INSERT INTO schema_migrations (number, name) VALUES (@number, @name)", new { number, name }, transaction);
        }

        transaction.Commit();
    }

    private static IEnumerable<(int Number, string Name, string Sql)> Files()
    {
        var assembly = typeof(Migrations).Assembly;
        return assembly.GetManifestResourceNames()
            .Select(name => (Name: name, Match: FileName().Match(name)))
            .Where(file => file.Match.Success)
            .Select(file =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(file.Name)!);
                return (int.Parse(file.Match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture), file.Name, reader.ReadToEnd());
            })
            .OrderBy(file => file.Item1);
    }

    [GeneratedRegex(@"\.(?<number>[0-9]{4})_[a-z_]+\.sql\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileName();
}
