using Microsoft.Extensions.Configuration;
using Sanctum.Client;
using Sanctum.Extensions.Configuration;
using Sanctum.Extensions.Registration;

namespace Sanctum.Extensions;

/// <summary>Which keys of a configuration are secrets of the vault, and how they are kept current.</summary>
public sealed class SanctumConfigurationOptions : SanctumOptions
{
    private readonly List<MappedKey> _keys = [];

    /// <summary>Whether the program can start without the vault. Then the keys have no values until it responds. What the vault refuses is an error all the same. Default: false.</summary>
    public bool Optional { get; set; }

    /// <summary>The most that loading waits for a vault that is not there yet, or sealed. Default: 15 s.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the vault is asked what was rotated, give or take a tenth. It is one call for all keys. Default: 5 minutes.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long leases are asked for; they are renewed when about two thirds have passed. Default null: what the policy allows.</summary>
    public TimeSpan? Ttl { get; set; }

    /// <summary>
    /// Called on a thread of the pool when the vault could not be asked, or refused a key. Values stay when it could not be asked. A key that is refused loses its
    /// value. Default: nothing is called.
    /// </summary>
    public Action<VaultException>? OnRefreshFailed { get; set; }

    /// <summary>The clock for intervals and leases. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal IReadOnlyList<MappedKey> Keys => _keys;

    /// <summary>Gives a key the secret as its value.</summary>
    /// <param name="key">The configuration's key, such as <c>ConnectionStrings:Main</c>.</param>
    /// <param name="path">The credential's path, such as <c>db/main</c>.</param>
    /// <returns>The same options.</returns>
    /// <exception cref="ArgumentException">The key is mapped already.</exception>
    public SanctumConfigurationOptions Map(string key, string path) => Map(key, path, secret => secret);

    /// <summary>Gives a key a value with the secret in it, such as a connection string with a password.</summary>
    /// <param name="key">The configuration's key.</param>
    /// <param name="path">The credential's path.</param>
    /// <param name="format">Makes the value from the secret.</param>
    /// <inheritdoc cref="Map(string, string)" path="/returns"/>
    /// <inheritdoc cref="Map(string, string)" path="/exception"/>
    public SanctumConfigurationOptions Map(string key, string path, Func<string, string> format)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(format);
        if (_keys.Any(known => known.Key.Equals(key, StringComparison.OrdinalIgnoreCase)))
        {
            throw new ArgumentException($"the key {key} is mapped already", nameof(key));
        }

        _keys.Add(new MappedKey(key, path, format));
        return this;
    }

    /// <summary>Completes the settings from the environment and checks them.</summary>
    /// <exception cref="InvalidOperationException">They can't be used. The message says what to set.</exception>
    internal void Complete()
    {
        Settings.Fill(this);
        List<string> flaws = [.. Settings.Flaws(this, hasEnvironment: true)];
        if (_keys.Count == 0)
        {
            flaws.Add($"no key is mapped: call {nameof(Map)}(\"ConnectionStrings:Main\", \"db/main\")");
        }

        if (StartTimeout <= TimeSpan.Zero || RefreshInterval <= TimeSpan.Zero || Ttl <= TimeSpan.Zero)
        {
            flaws.Add($"{nameof(StartTimeout)}, {nameof(RefreshInterval)} and {nameof(Ttl)} have to be above zero");
        }

        if (flaws.Count > 0)
        {
            throw new InvalidOperationException(string.Join("; ", flaws));
        }
    }

    /// <summary>Reads the settings of a section.</summary>
    internal void Read(IConfiguration section) => Settings.Read(this, section);
}
