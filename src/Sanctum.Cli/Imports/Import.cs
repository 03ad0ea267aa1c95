using System.Security.Cryptography;
using Sanctum.Cli.Bindings;
using Sanctum.Cli.CommandLine;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Imports;

/// <summary>
/// Stores the secrets of a plan, all or none. One that is in the vault already, with the same value, stays as it is: so an import that was
/// interrupted is gone on with by the next. One with another value is never replaced.
/// </summary>
internal sealed class Import(IOperatorApi vault, ImportPlan plan)
{
    private readonly List<string> _made = [];

    /// <summary>The paths that are in the vault already.</summary>
    /// <exception cref="CliException">Something else is at one of the paths.</exception>
    public async Task<IReadOnlySet<string>> CompareAsync(CancellationToken cancellationToken)
    {
        var there = (await vault.ListAsync(null, null, cancellationToken).ConfigureAwait(false)).Select(it => it.Path).ToHashSet(StringComparer.Ordinal);
        var same = new HashSet<string>(StringComparer.Ordinal);
        foreach (var secret in plan.Secrets.Where(it => there.Contains(it.Path)))
        {
            var stored = await vault.GetAsync(secret.Path, cancellationToken).ConfigureAwait(false);
            var given = secret.Bytes();
            var isSame = CryptographicOperations.FixedTimeEquals(stored, given);
            CryptographicOperations.ZeroMemory(stored);
            CryptographicOperations.ZeroMemory(given);
            _ = isSame ? same.Add(secret.Path) : throw CliErrors.OtherSecretThere(secret.Path, secret.Entry.Line);
        }

        return same;
    }

    /// <summary>Stores what is not there yet.</summary>
    /// <returns>The vault's warnings, each with its path.</returns>
    public async Task<IReadOnlyList<string>> StoreAsync(IReadOnlySet<string> there, CancellationToken cancellationToken)
    {
        var warnings = new List<string>();
        try
        {
            foreach (var secret in plan.Secrets.DistinctBy(it => it.Path).Where(it => !there.Contains(it.Path)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                warnings.AddRange(await StoreAsync(secret, cancellationToken).ConfigureAwait(false));
            }

            return warnings;
        }
        catch
        {
            await TakeBackAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Removes what was stored, since the rest of the import failed.</summary>
    public async Task TakeBackAsync()
    {
        foreach (var path in _made)
        {
            await vault.RemoveAsync(path, CancellationToken.None).ConfigureAwait(false);
        }

        _made.Clear();
    }

    private async Task<IEnumerable<string>> StoreAsync(PlannedSecret secret, CancellationToken cancellationToken)
    {
        var value = secret.Bytes();
        try
        {
            var request = new StoreRequest(secret.Path, value, Description: $"{secret.Entry.Name}, imported");
            var binding = secret.Binding ?? new GivenBinding { Service = secret.NeedsMore ? null : secret.Service };
            var stored = await vault.StoreAsync(binding.ApplyTo(request), cancellationToken).ConfigureAwait(false);
            _made.Add(secret.Path);
            return (stored.Warnings ?? []).Select(warning => $"{secret.Path}: {warning}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(value);
        }
    }
}
