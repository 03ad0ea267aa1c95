using System.Net;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>How to reach the database, from a connection string as Npgsql has it.</summary>
internal sealed class Settings
{
    /// <summary>The longest that a command may take.</summary>
    public const int CommandSeconds = 30;

    private const string DefaultSchema = "sanctum";
    private const int ConnectSeconds = 10, KeepAliveSeconds = 5, Connections = 12;

    private readonly NpgsqlConnectionStringBuilder _builder;

    /// <exception cref="StoreException">It can't be read, or would leave the connection unprotected.</exception>
    public Settings(string connectionString)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        try
        {
            _builder = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException)
        {
            // Its words may hold the password.
            throw StoreErrors.InvalidSettings("it is malformed; it looks like Host=db.example;Database=sanctum;Username=sanctum;SSL Mode=VerifyFull");
        }

        foreach (var host in (_builder.Host ?? throw StoreErrors.InvalidSettings("it names no Host")).Split(',', StringSplitOptions.TrimEntries))
        {
            if (!IsOnThisMachine(host) && _builder.SslMode != SslMode.VerifyFull)
            {
                throw StoreErrors.Unprotected(host);
            }
        }

        Schema = _builder.SearchPath is { Length: > 0 } named ? named : DefaultSchema;
        if (Schema.Contains(',', StringComparison.Ordinal))
        {
            throw StoreErrors.InvalidSettings("'Search Path' has to name one schema");
        }

        _builder.SearchPath = Storage.Postgres.Schema.Quoted(Schema);
        _builder.ApplicationName ??= "sanctum";
        _builder.Timeout = ConnectSeconds;
        _builder.CommandTimeout = CommandSeconds;
        if (!_builder.Host.Contains('/', StringComparison.Ordinal) && !_builder.Host.StartsWith('@'))
        {
            _builder.TcpKeepAlive = true; // A Unix socket has none.
            _builder.TcpKeepAliveTime = _builder.TcpKeepAliveInterval = KeepAliveSeconds;
        }

        _builder.HostRecheckSeconds = 1; // Which of several servers takes changes: a standby that has been promoted is found at once.
        if (!_builder.ShouldSerialize("Maximum Pool Size"))
        {
            _builder.MaxPoolSize = Connections; // A database has a hundred for all. One that writes, one that hears, and readers, who are done at once.
        }

        _builder.IncludeErrorDetail = false;
        _builder.Enlist = false;
    }

    /// <summary>The schema with the vault's tables.</summary>
    public string Schema { get; }

    /// <summary>A source of connections: to the server that takes changes, where several are named.</summary>
    public NpgsqlDataSource Open()
    {
        var builder = new NpgsqlSlimDataSourceBuilder(_builder.ConnectionString);
        builder.EnableTransportSecurity();
        builder.EnableArrays();
        return _builder.Host!.Contains(',', StringComparison.Ordinal)
            ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary)
            : builder.Build();
    }

    // A path is a Unix socket's folder.
    private static bool IsOnThisMachine(string host)
    {
        if (host.StartsWith('/') || host.StartsWith('@'))
        {
            return true;
        }

        var name = host.Count(sign => sign == ':') == 1 ? host[..host.IndexOf(':', StringComparison.Ordinal)] : host;
        return name == "localhost" || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address));
    }
}
