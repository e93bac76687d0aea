using System.Globalization;
using System.Text;
using Npgsql;

namespace HomeBridge.Hosting;

/// <summary>Over a connection of the pool, which keeps statements prepared that come more than once.</summary>
internal sealed class PostgresReads(NpgsqlConnection connection) : PreparedReads
{
    protected override PreparedStatement Prepared(ReadStatement statement) => new Statement(new NpgsqlCommand(statement.PostgresSql, connection));

    private sealed class Statement(NpgsqlCommand command) : PreparedStatement
    {
        private NpgsqlDataReader? _rows;

        public override void Bind(int place, string value) => Bind(place, new NpgsqlParameter<string> { TypedValue = value });

        public override void Bind(int place, long value) => Bind(place, new NpgsqlParameter<long> { TypedValue = value });

        public override bool Next() => (_rows ??= command.ExecuteReader()).Read();

        public override void Reset()
        {
            _rows?.Dispose();
            _rows = null;
        }

        public override bool IsNull(int column) => _rows!.IsDBNull(column);

        public override ReadOnlySpan<byte> Utf8(int column) => IsNull(column) ? []
            : _rows!.GetFieldType(column) == typeof(string) ? _rows.GetFieldValue<byte[]>(column)
            : Encoding.UTF8.GetBytes(Convert.ToString(_rows.GetValue(column), CultureInfo.InvariantCulture)!);

        private void Bind(int place, NpgsqlParameter value)
        {
            // They come in their order the first time.
            if (place > command.Parameters.Count)
            {
                command.Parameters.Add(value);
            }
            else
            {
                command.Parameters[place - 1] = value;
            }
        }
    }
}
