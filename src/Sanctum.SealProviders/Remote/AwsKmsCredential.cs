using System.Security.Cryptography;
using System.Text;
using Sanctum.Egress.Aws;
using Sanctum.Sealing;
using Sanctum.SealProviders.Files;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.SealProviders.Remote;

/// <summary>Where the access key for AWS KMS comes from: the settings' file, else the environment, else the file that AWS's own tools use.</summary>
internal static class AwsKmsCredential
{
    private const int Longest = 256 * 1024;

    /// <exception cref="SealProviderException">There is none.</exception>
    public static AwsCredential Read(AwsKmsSettings settings)
    {
        if (settings.CredentialsFile is null && Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID") is { Length: > 0 } id)
        {
            return Parse(id, Environment.GetEnvironmentVariable("AWS_SECRET_ACCESS_KEY"), Environment.GetEnvironmentVariable("AWS_SESSION_TOKEN"), "the environment");
        }

        var file = settings.CredentialsFile ?? (Environment.GetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE") is { Length: > 0 } shared ? shared : HomeFolder.Expand("~/.aws/credentials"));
        var content = ProviderFile.ReadSecret(file, "the file of AWS credentials", Longest);
        try
        {
            var section = Section(Encoding.UTF8.GetString(content), settings.Profile);
            return Parse(section.GetValueOrDefault("aws_access_key_id"), section.GetValueOrDefault("aws_secret_access_key"), section.GetValueOrDefault("aws_session_token"), $"the profile '{settings.Profile}'");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static Dictionary<string, string> Section(string text, string profile)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var isIn = false;
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line is ['[', .., ']'])
            {
                isIn = line[1..^1].Trim() == profile;
            }
            else if (isIn && line is not ['#' or ';', ..] && line.Split('=', 2, StringSplitOptions.TrimEntries) is [var name, var value])
            {
                values[name] = value;
            }
        }

        return values;
    }

    private static AwsCredential Parse(string? id, string? secret, string? token, string where)
    {
        if (string.IsNullOrEmpty(id) || string.IsNullOrEmpty(secret))
        {
            throw new SealProviderException($"there is no AWS access key in {where}", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for the daemon, or name 'credentials_file' in the settings file");
        }

        try
        {
            return AwsCredential.Parse(Encoding.UTF8.GetBytes(string.IsNullOrEmpty(token) ? $"{id}:{secret}" : $"{id}:{secret}:{token}"));
        }
        catch (VaultException malformed)
        {
            throw new SealProviderException($"the AWS access key in {where} is malformed", "check its id, secret and session token", malformed);
        }
    }
}
