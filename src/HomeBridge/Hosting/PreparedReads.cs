using System.Globalization;
using System.Numerics;
using Microsoft.Data.Sqlite;

namespace HomeBridge.Hosting;

/// <summary>
/// A statement that is read again and again. Parameters are <c>@0</c>, <c>@1</c> and so on; <c>{in}</c> stands for those
/// of a list, which come last.
/// </summary>
internal sealed class ReadStatement(string sql, int parameters)
{
    /// <summary>Values in one statement; databases limit their parameters.</summary>
    public const int ListMax = 512;

    /// <summary>
    /// Lists are asked in powers of two, so that few statements serve them all; a shorter one repeats its last value.
    /// </summary>
    private static readonly int[] ListSizes = [.. Enumerable.Range(0, BitOperations.Log2(ListMax) + 1).Select(power => 1 << power)];

    private readonly string[] _bySize = sql.Contains("{in}", StringComparison.Ordinal)
        ? [.. ListSizes.Select(size => sql.Replace("{in}", string.Join(", ", Enumerable.Range(parameters, size).Select(Name)), StringComparison.Ordinal))]
        : [sql];

    /// <summary>The text for so many values, and how many it takes.</summary>
    public (string Text, int Size) For(int values)
    {
        if (_bySize.Length == 1)
        {
            return (_bySize[0], 0);
        }

        var size = (int)BitOperations.RoundUpToPowerOf2((uint)values);
        return (_bySize[BitOperations.Log2((uint)size)], size);
    }

    public static string Name(int parameter) => string.Create(CultureInfo.InvariantCulture, $"@{parameter}");
}

/// <summary>A connection for reading, with its statements prepared. One call uses it at a time.</summary>
internal sealed class PreparedReads(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    public void Read<T>(ReadStatement statement, Func<SqliteDataReader, T> row, List<T> into, ReadOnlySpan<string> list, ReadOnlySpan<object> parameters)
    {
        var (text, size) = statement.For(list.Length);
        var command = Prepared(text, parameters.Length + size);
        for (var index = 0; index < parameters.Length; index++)
        {
            command.Parameters[index].Value = parameters[index];
        }

        for (var index = 0; index < size; index++)
        {
            command.Parameters[parameters.Length + index].Value = list[Math.Min(index, list.Length - 1)];
        }

        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            into.Add(row(reader));
        }
    }

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    private SqliteCommand Prepared(string text, int parameters)
    {
        if (_prepared.TryGetValue(text, out var command))
        {
            return command;
        }

        command = connection.CreateCommand();
        command.CommandText = text;
        for (var index = 0; index < parameters; index++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = ReadStatement.Name(index) });
        }

        command.Prepare();
        return _prepared[text] = command;
    }
}
