namespace Sanctum.Client.Keys;

/// <summary>Which file is the agent's key, in the order that the published SDKs look.</summary>
internal static class KeyResolution
{
    private const string DefaultDirectory = "~/.sanctum/keys";

    public static AgentKey Load(string agentName, SanctumClientOptions options)
    {
        var path = HomeDirectory.Expand(PathOf(agentName, options));
        if (options.RequirePrivateKeyFile && File.Exists(path) && KeyFile.IsLoose(path))
        {
            throw Errors.KeyFile(path, "can be read by other users, which the options forbid", $"chmod 600 {path}");
        }

        return AgentKey.Load(path, options.Passphrase);
    }

    private static string PathOf(string agentName, SanctumClientOptions options)
    {
        if (!string.IsNullOrEmpty(options.KeyPath))
        {
            return options.KeyPath;
        }

        var directory = HomeDirectory.Expand(string.IsNullOrEmpty(options.KeyDirectory) ? DefaultDirectory : options.KeyDirectory);
        var plain = Path.Combine(directory, agentName + ".key");
        return !string.IsNullOrEmpty(options.Passphrase) && File.Exists(plain + ".enc") ? plain + ".enc" : plain;
    }
}
