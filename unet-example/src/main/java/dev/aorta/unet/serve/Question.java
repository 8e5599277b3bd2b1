package dev.aorta.unet.serve;

import dev.aorta.serve.HttpError;
import dev.aorta.serve.Request;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request to segment wants.
 *
 * @param form of the answer
 * @param doubts whether the uncertainty is wanted; null where it is not said
 * @param pictures whether pictures are wanted
 * @param explained whether the explanation is wanted
 */
record Question(Form form, @Nullable Boolean doubts, boolean pictures, boolean explained) {
    /** Forms of an answer, by Accept. */
    enum Form {
        JSON("application/json"),
        PNG("image/png"),
        SEG("application/dicom"),
        REPORT("text/html");

        private final String type;

        Form(String type) {
            this.type = type;
        }

        String type() {
            return type;
        }
    }

    static Question of(Request request) throws HttpError {
        String explain = request.query("explain");
        if (explain != null && !explain.equals("gradcam")) {
            throw new HttpError(400, "explain=gradcam is what there is");
        }
        String doubts = request.query("uncertainty");
        return new Question(
                form(request.header("Accept").toLowerCase(Locale.ROOT)),
                doubts == null ? null : doubts.equals("true"),
                "true".equals(request.query("pictures")),
                explain != null);
    }

    private static Form form(String accept) throws HttpError {
        for (Form form : new Form[] {Form.PNG, Form.SEG, Form.JSON, Form.REPORT}) {
            if (accept.contains(form.type())) {
                return form;
            }
        }
        if (accept.isEmpty() || accept.contains("*/*")) {
            return Form.JSON;
        }
        throw new HttpError(
                406,
                "there is application/json; image/png for one slice; application/dicom for DICOM images; text/html, a report, for"
                        + " a series");
    }
}
