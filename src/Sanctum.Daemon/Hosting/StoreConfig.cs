namespace Sanctum.Daemon.Hosting;

/// <summary>Where the vault lies, if not in the folder.</summary>
internal sealed record StoreConfig
{
    /// <summary>A PostgreSQL database, as Npgsql's connection strings have it.</summary>
    public string? Postgres { get; set; }

    /// <summary>A file with nothing but the database's password.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Says where, never the connection string: it can hold a password.</summary>
    public override string ToString() => Postgres is null ? "in the folder" : "in PostgreSQL";
}
