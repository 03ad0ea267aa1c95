using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Sanctum.Daemon.Admin;

/// <summary>The responses that can be long: they are written as they are read, and cut off when something fails midway.</summary>
internal static class AdminStreams
{
    private const int FlushEvery = 32 * 1024;

    /// <summary>One entry per line, JSON each.</summary>
    public static async Task ReadAuditAsync(HttpContext http, AdminContext context, Operator? by)
    {
        var request = await AdminRequest.ReadAsync(http, AdminJson.Default.AuditRequest).ConfigureAwait(false);
        await using var api = new VaultOperator(context.Vault, by!);
        http.Response.ContentType = "application/x-ndjson";
        var output = http.Response.BodyWriter;
        await using var json = new Utf8JsonWriter(output);
        var unflushed = 0L;
        await foreach (var entry in api.ReadAuditAsync(request, http.RequestAborted).ConfigureAwait(false))
        {
            JsonSerializer.Serialize(json, entry, AdminJson.Default.AuditEntryView);
            await json.FlushAsync(http.RequestAborted).ConfigureAwait(false);
            unflushed += json.BytesCommitted;
            json.Reset();
            output.GetSpan(1)[0] = (byte)'\n';
            output.Advance(1);
            if (unflushed > FlushEvery)
            {
                await output.FlushAsync(http.RequestAborted).ConfigureAwait(false);
                unflushed = 0;
            }
        }

        await output.FlushAsync(http.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>A backup of the vault, encrypted.</summary>
    public static async Task BackupAsync(HttpContext http, AdminContext context, Operator? by)
    {
        await AdminRequest.ReadAsync(http, AdminJson.Default.NoRequest).ConfigureAwait(false);
        await using var api = new VaultOperator(context.Vault, by!);
        http.Response.ContentType = "application/octet-stream";
        await api.BackupAsync(http.Response.Body, http.RequestAborted).ConfigureAwait(false);
    }
}
