using System.Security.Cryptography;
using System.Text.Unicode;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Runs.Children;
using Sanctum.Client;
using Sanctum.Egress;
using Sanctum.Protocol;

namespace Sanctum.Cli.Mcp.Wrapping;

/// <summary>
/// Secrets that a server gets itself, since its key is none that goes into HTTP requests: on leases, in its environment. They are given back when it has ended, and it ends when a
/// lease can't be renewed.
/// </summary>
internal sealed class ExposedSecrets(SanctumClient agent) : IAsyncDisposable
{
    private readonly List<(string Variable, CredentialLease Lease)> _all = [];

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _all.Count == 0;

    /// <summary>Takes them out of the vault. Each is a disclosure, and on the record.</summary>
    /// <param name="agent">The agent, which has to be granted <c>retrieve</c>.</param>
    /// <param name="wanted">Which variables, and which credentials' paths.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CliException">One may not be retrieved, or can't be given so.</exception>
    public static async Task<ExposedSecrets> TakeAsync(SanctumClient agent, IReadOnlyDictionary<string, string> wanted, CancellationToken cancellationToken)
    {
        var taken = new ExposedSecrets(agent);
        try
        {
            foreach (var (variable, path) in wanted)
            {
                var lease = await AgentSecret.TakeAsync(agent, path, cancellationToken).ConfigureAwait(false);
                taken._all.Add((variable, lease));
                Require(lease, path);
            }

            return taken;
        }
        catch
        {
            await taken.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Puts them into an environment.</summary>
    public void AddTo(RawEnvironment environment) => _all.ForEach(it => environment.Set(it.Variable, it.Lease.Bytes.Span));

    /// <summary>What takes them out of what the server sends; null where there are none. For one thread at a time.</summary>
    public SecretFilter? Filter() => IsEmpty ? null : new SecretFilter(new SecretRedactor(_all.Select(it => it.Lease.Bytes)));

    /// <summary>Renews the leases for as long as that goes.</summary>
    /// <returns>Whether the server has ended; otherwise a lease has, or could not be renewed.</returns>
    public async Task<bool> KeepAsync(Action<string> note, CancellationToken ended)
    {
        while (true)
        {
            try
            {
                await Task.Delay(IsEmpty ? Timeout.InfiniteTimeSpan : _all.Min(it => it.Lease.Ttl) / 2, ended).ConfigureAwait(false);
                for (var i = 0; i < _all.Count; i++)
                {
                    if (!await RenewAsync(i, ended).ConfigureAwait(false))
                    {
                        note($"the secret of {_all[i].Lease.Path} has changed, so the server is ended, and gets the new one when it is started again");
                        return false;
                    }
                }
            }
            catch (OperationCanceledException)
            {
                return true;
            }
            catch (Exception over) when (over is Client.VaultException or CliException)
            {
                note($"a lease can't be renewed, so the server is ended: {over.Message}");
                return false;
            }
        }
    }

    // A lease can be renewed only so often. Then another one is taken, which policies decide on anew; one that was revoked is not replaced.
    private async Task<bool> RenewAsync(int index, CancellationToken ended)
    {
        var (variable, lease) = _all[index];
        try
        {
            await lease.RenewAsync(cancellationToken: ended).ConfigureAwait(false);
            return true;
        }
        catch (Client.VaultException spent) when (spent.Code == ErrorCode.LeaseExhausted)
        {
            var next = await AgentSecret.TakeAsync(agent, lease.Path, ended).ConfigureAwait(false);
            var isSame = CryptographicOperations.FixedTimeEquals(next.Bytes.Span, lease.Bytes.Span);
            await (isSame ? lease : next).DisposeAsync().ConfigureAwait(false);
            _all[index] = (variable, isSame ? next : lease);
            return isSame;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, lease) in _all)
        {
            await lease.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static void Require(CredentialLease lease, string path)
    {
        var secret = lease.Bytes.Span;
        if (secret.Contains((byte)0) || !Utf8.IsValid(secret))
        {
            throw CliErrors.Usage($"the secret of {path} is no text, and can't be in a variable");
        }

        if (secret.Length < SecretRedactor.ShortestSecret || secret.Length > SecretRedactor.LongestSecret)
        {
            throw CliErrors.Usage(
                $"the secret of {path} can't be looked for in what the server sends: it has fewer than {SecretRedactor.ShortestSecret} bytes, or more than {SecretRedactor.LongestSecret}",
                "store a longer one, or give the server its key in another way");
        }
    }
}
