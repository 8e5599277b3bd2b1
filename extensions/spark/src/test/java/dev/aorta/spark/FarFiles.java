package dev.aorta.spark;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;

/** {@link FarFileSystem} as what renames over files wants it. */
public final class FarFiles extends DelegateToFileSystem {
    /** As Hadoop makes it. */
    public FarFiles(URI uri, Configuration configuration) throws IOException, URISyntaxException {
        super(uri, new FarFileSystem(), configuration, "far", false);
    }
}
