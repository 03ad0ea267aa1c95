using System.Net;
using Sanctum.Client.Connections;

namespace Sanctum.Client;

/// <summary>
/// Settings that a program has from its environment, under the names that <c>sanctum</c> uses. They fill in what the program itself leaves open.
/// </summary>
public static class SanctumEnvironment
{
    /// <summary>The agent's name.</summary>
    public const string AgentVariable = "SANCTUM_AGENT";

    /// <summary>Where the daemon listens: the path of its Unix socket, <c>host:port</c> or <c>tls://host:port</c>.</summary>
    public const string SocketVariable = "SANCTUM_SOCKET";

    /// <summary>One or more addresses with commas between them: <c>tls://host:port</c>, <c>host:port</c> or paths. It wins over <c>SANCTUM_SOCKET</c>.</summary>
    public const string AddressVariable = "SANCTUM_ADDRESS";

    /// <summary>A PEM file with the authorities that vouch for the daemon's certificate, see <see cref="SanctumClientOptions.CaFile"/>.</summary>
    public const string CaFileVariable = "SANCTUM_CA_FILE";

    /// <summary>A PEM file with the program's own certificate, see <see cref="SanctumClientOptions.ClientCertificateFile"/>.</summary>
    public const string ClientCertificateVariable = "SANCTUM_CLIENT_CERT_FILE";

    /// <summary>A PEM file with that certificate's key, see <see cref="SanctumClientOptions.ClientKeyFile"/>.</summary>
    public const string ClientKeyVariable = "SANCTUM_CLIENT_KEY_FILE";

    /// <summary>The path of the agent's key file. The key itself has no place in the environment, which other processes can read.</summary>
    public const string KeyVariable = "SANCTUM_KEY";

    /// <summary>The vault's folder: its <c>vault.sock</c> where no address is set, and its <c>keys/</c> where no key file is set.</summary>
    public const string VaultPathVariable = "SANCTUM_VAULT_PATH";

    // A key file has 64 or 176 hex digits; no path that somebody meant looks like that.
    private const int ShortestKey = 64;

    /// <summary>The agent's name; null when it is not set.</summary>
    public static string? AgentName => Get(AgentVariable);

    /// <summary>Fills in where the vault and the key are, as far as the options do not say.</summary>
    /// <param name="options">The program's own settings, which win.</param>
    /// <returns>The same options.</returns>
    /// <exception cref="ArgumentException">A variable has an invalid value. The message names it.</exception>
    public static SanctumClientOptions Fill(SanctumClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.IsNullOrEmpty(options.SocketPath) && string.IsNullOrEmpty(options.Host) && options.Port is null && options.Addresses is not { Count: > 0 })
        {
            FillAddress(options);
        }

        options.CaFile ??= Get(CaFileVariable);
        if (string.IsNullOrEmpty(options.ClientCertificateFile))
        {
            (options.ClientCertificateFile, options.ClientKeyFile) = (Get(ClientCertificateVariable), Get(ClientKeyVariable));
        }

        if (string.IsNullOrEmpty(options.KeyPath) && string.IsNullOrEmpty(options.KeyDirectory))
        {
            (options.KeyPath, options.KeyDirectory) = (KeyFile(), Below("keys"));
        }

        return options;
    }

    private static void FillAddress(SanctumClientOptions options)
    {
        if (Get(AddressVariable) is { } several)
        {
            var addresses = several.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            foreach (var address in addresses)
            {
                Parse(address, AddressVariable);
            }

            options.Addresses = addresses;
            return;
        }

        var socket = Get(SocketVariable);
        if (socket is null)
        {
            options.SocketPath = Below("vault.sock");
            return;
        }

        switch (Parse(socket, SocketVariable))
        {
            case TlsEndPoint:
                options.Addresses = [socket];
                break;
            case DnsEndPoint name:
                (options.Host, options.Port) = (name.Host, name.Port);
                break;
            case IPEndPoint address:
                (options.Host, options.Port) = (address.Address.ToString(), address.Port);
                break;
            default:
                options.SocketPath = socket;
                break;
        }
    }

    private static EndPoint Parse(string socket, string variable)
    {
        try
        {
            return VaultAddress.Parse(socket);
        }
        catch (ArgumentException invalid)
        {
            throw new ArgumentException($"{variable} is neither a socket's path nor host:port or tls://host:port: {invalid.Message}", invalid);
        }
    }

    private static string? KeyFile() => Get(KeyVariable) is { Length: >= ShortestKey } key && key.All(char.IsAsciiHexDigit)
        ? throw new ArgumentException($"{KeyVariable} holds a key and not a path: write the key to a file with mode 0600, and put the file's path there")
        : Get(KeyVariable);

    private static string? Below(string name) => Get(VaultPathVariable) is { } folder ? Path.Join(folder, name) : null;

    private static string? Get(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
