using System.Text;
using Sanctum.Credentials;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Door;

/// <summary>
/// One program that runs for an agent. It has a placeholder for each credential: text of the credential's shape and worth nothing, which the vault replaces where
/// the credential goes.
/// </summary>
public sealed class Run : IDisposable
{
    private readonly Dictionary<string, CredentialPath> _paths;
    private readonly IDisposable? _place;

    /// <param name="placeholders">The text that stands for each credential.</param>
    /// <param name="hosts">The hosts that they are bound to.</param>
    /// <param name="place">Its place among its agent's runs, which it gives back at its end; null where it needs none.</param>
    internal Run(IReadOnlyDictionary<CredentialPath, string> placeholders, IReadOnlyList<string> hosts, IDisposable? place = null)
    {
        (Placeholders, Hosts, _place) = (placeholders, hosts, place);
        _paths = placeholders.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
        foreach (var placeholder in _paths.Keys)
        {
            Needles.Add(Encoding.ASCII.GetBytes(placeholder));
        }
    }

    private Run(string token)
        : this(new Dictionary<CredentialPath, string>(), []) => Needles.Add(Encoding.ASCII.GetBytes(token));

    /// <summary>The text that stands for each credential.</summary>
    public IReadOnlyDictionary<CredentialPath, string> Placeholders { get; }

    /// <summary>The hosts that its credentials are bound to, with a port where it is not HTTPS's own, in ordinal order.</summary>
    public IReadOnlyList<string> Hosts { get; }

    /// <summary>What may not leave unreplaced.</summary>
    internal Needles Needles { get; } = new();

    /// <summary>A run without placeholders, for requests by base URLs: its token, like a placeholder, may not leave.</summary>
    /// <param name="token">The token, in ASCII.</param>
    public static Run ByToken(string token) => new(token);

    /// <summary>Forgets the placeholders.</summary>
    public void Dispose()
    {
        Needles.Dispose();
        _place?.Dispose();
    }
}
