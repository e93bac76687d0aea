using System.Text;

namespace HomeBridge.Hosting;

/// <summary>A statement that every request needs; parameters are <c>?1</c>, <c>?2</c> and so on. Made once.</summary>
internal sealed class ReadStatement(string sql)
{
    private static int _count;

    public string Sql => sql;

    /// <summary>The same with the parameters as PostgreSQL writes them; no statement has a question mark elsewhere.</summary>
    public string PostgresSql { get; } = sql.Replace('?', '$');

    public int Number { get; } = Interlocked.Increment(ref _count) - 1;
}

/// <summary>A row while it is read, by the order of its columns.</summary>
internal readonly struct ReadRow(PreparedStatement statement)
{
    public string Text(int column) => Encoding.UTF8.GetString(Utf8(column));

    public string? OptionalText(int column) => IsNull(column) ? null : Text(column);

    public bool IsNull(int column) => statement.IsNull(column);

    /// <summary>Until the next row; empty for NULL.</summary>
    public ReadOnlySpan<byte> Utf8(int column) => statement.Utf8(column);
}

/// <summary>A connection that only reads, with its statements prepared. One call uses it at a time.</summary>
internal abstract class PreparedReads
{
    /// <summary>A statement to be run, once or more often. One at a time.</summary>
    public Rows Open(ReadStatement statement) => new(Prepared(statement));

    protected abstract PreparedStatement Prepared(ReadStatement statement);

    /// <summary>The rows of one statement. Disposing it ends the statement's view of the database, too.</summary>
    internal readonly ref struct Rows(PreparedStatement statement)
    {
        public ReadRow Row => new(statement);

        public Rows Bind(int place, string value)
        {
            statement.Bind(place, value);
            return this;
        }

        public Rows Bind(int place, long value)
        {
            statement.Bind(place, value);
            return this;
        }

        public bool Next() => statement.Next();

        /// <summary>To run it again with other parameters; those that are not bound anew stay.</summary>
        public void Again() => statement.Reset();

        public void Dispose() => statement.Reset();
    }
}

/// <summary>One statement of one connection.</summary>
internal abstract class PreparedStatement
{
    public abstract void Bind(int place, string value);

    public abstract void Bind(int place, long value);

    public abstract bool Next();

    public abstract void Reset();

    public abstract bool IsNull(int column);

    public abstract ReadOnlySpan<byte> Utf8(int column);
}
